// SPDX-License-Identifier: MIT
import { Collection, LoadError, verifierLogOf, withToken } from "@bpf-token/loader";
import { capabilityMask, type Kernel, SafetyError, setCapabilities } from "@bpf-token/syscall";
import type { CapabilityName } from "@bpf-token/uapi";
import { provenSentence, provePerfmon, withoutUnruled } from "./perfmon.js";
import type { Policy, PolicyObject } from "./policy.js";

/** A policy that a kernel has confirmed or completed. Returned by {@link askVerifier}. */
export interface AskedPolicy extends Policy {
  /** Objects that the kernel did not load with the policy, for another reason than CAP_PERFMON. */
  readonly refused: readonly string[];
}

/** Options of {@link askVerifier}. */
export interface AskOptions {
  /** The kernel in the sentence that says what was proven. */
  readonly name?: string;
  /** Whether the policy is for other kernels too, so that it keeps what their verifiers require. */
  readonly others?: boolean;
  /** Whether to stop before the next object. */
  readonly isOver?: () => boolean;
}

/**
 * Asks a kernel whether its verifier requires CAP_PERFMON for some objects: it loads each one with
 * the policy without that capability and, if the verifier refuses a program, again with it. A
 * capability that a rule requires is not removed. Each load runs in a task of its own; nothing is
 * attached, and everything is closed.
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
  { name = "the running kernel", others = false, isOver = () => false }: AskOptions = {},
): Promise<AskedPolicy> {
  const because: string[] = [];
  const refused: string[] = [];
  const least = withoutUnruled(policy);
  let asked = 0;
  for (const one of objects) {
    if (isOver()) break;
    asked++;
    const prefix = objects.length > 1 ? `${one.file}: ` : "";
    try {
      const error = await tryLoad(kernel, one, policy, least);
      if (error === undefined) continue;
      const more = [...least, "perfmon"];
      const isKnown = error.log === "" || least.includes("perfmon");
      const next = isKnown ? error : await tryLoad(kernel, one, policy, more);
      if (next?.subject === error.subject) refused.push(`${prefix}${error.message}`);
      else because.push(`${prefix}program ${error.subject}, ${instructionOf(error, one)}`);
    } catch (error) {
      // The object asks for more than a trial may use, such as a large map.
      if (!(error instanceof SafetyError)) throw error;
      refused.push(`${prefix}${error.message}`);
    }
  }
  const isComplete = refused.length === 0 && asked === objects.length;
  const sentence = provenSentence(name, because.length > 0);
  return { ...provePerfmon(policy, { because, isComplete, sentence, others }), refused };
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
