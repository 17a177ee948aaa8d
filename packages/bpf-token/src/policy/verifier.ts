// SPDX-License-Identifier: MIT
import { Collection, LoadError, verifierLogOf, withToken } from "@bpf-token/loader";
import { capabilityMask, type Kernel, setCapabilities } from "@bpf-token/syscall";
import type { CapabilityName } from "@bpf-token/uapi";
import { type Policy, type PolicyObject, withoutPerfmonNote, withPerfmon } from "./policy.js";

/** A policy that a kernel has confirmed or completed. Returned by {@link askVerifier}. */
export interface AskedPolicy extends Policy {
  /** Objects that the kernel did not load with the policy, for another reason than CAP_PERFMON. */
  readonly refused: readonly string[];
}

/**
 * Asks a kernel whether its verifier requires CAP_PERFMON for some objects: it loads each one with
 * exactly the policy, and, if the verifier refuses a program, again with CAP_PERFMON. Each load runs
 * in a task of its own; nothing is attached, and everything is closed.
 *
 * @returns the policy, with the capability and the first instruction that requires it in each object.
 * @throws BpfError if the kernel refuses the setup of the task.
 * @example
 * ```ts
 * const policy = await askVerifier(kernel, objects, policyOf(objects));
 * ```
 */
export async function askVerifier(
  kernel: Kernel,
  objects: readonly PolicyObject[],
  policy: Policy,
): Promise<AskedPolicy> {
  const because: string[] = [];
  const refused: string[] = [];
  const known = policy.capabilities.includes("perfmon");
  for (const one of objects) {
    const prefix = objects.length > 1 ? `${one.file}: ` : "";
    const error = await tryLoad(kernel, one, policy, policy.capabilities);
    if (error === undefined) continue;
    const more = [...policy.capabilities, "perfmon"];
    const next = error.log === "" || known ? error : await tryLoad(kernel, one, policy, more);
    if (next?.subject === error.subject) refused.push(`${prefix}${error.message}`);
    else because.push(`${prefix}program ${error.subject}, ${instructionOf(error, one)}`);
  }
  return {
    ...(because.length > 0 ? withPerfmon(policy, because) : withoutPerfmonNote(policy)),
    refused,
  };
}

/** Loads an object in a task like a container's, which has a token and some capabilities. */
function tryLoad(
  kernel: Kernel,
  { object }: PolicyObject,
  { delegation }: Policy,
  capabilities: readonly string[],
): Promise<LoadError | undefined> {
  return withToken({ kernel, ...delegation }, (task) => {
    const names = capabilities.map((name) => name.toUpperCase() as CapabilityName);
    const mask = capabilityMask(names);
    setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
    try {
      Collection.load(task, object, { env: {} }).close();
      return undefined;
    } catch (error) {
      if (error instanceof LoadError) return error;
      throw error;
    }
  });
}

/** The instruction at which the verifier stopped, with its source line and the verifier's message. */
function instructionOf(error: LoadError, { object }: PolicyObject): string {
  const log = verifierLogOf(error, object);
  const step = log?.steps.at(-1);
  const { source } = step ?? {};
  const line = source === undefined || source.line === 0 ? "" : ` (${source.file}:${source.line})`;
  const place = step === undefined ? "" : `instruction ${step.insn}, ${step.text}${line}: `;
  return `${place}${log?.message.split("\n", 1)[0] ?? "the verifier gives no reason"}`;
}
