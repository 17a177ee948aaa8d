// SPDX-License-Identifier: MIT
import { capabilityMask, delegationOptions } from "@bpf-token/syscall";
import type { CapabilityName } from "@bpf-token/uapi";
import type { KernelRelease } from "@bpf-token/uapi/names";
import { provenSentence, provePerfmon, withoutUnruled } from "../../../policy/perfmon.js";
import type { Policy, PolicyObject } from "../../../policy/policy.js";
import type { ProgramVerdict, VerifyOptions } from "../../../verify/index.js";
import type { Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { chooseSubject } from "../../input/kernels.js";
import { InconclusiveError } from "../../usage.js";
import { openVerifier, type Verifier } from "../verify/worker.js";

/** The time that each kernel has to prove a policy without --prove. */
const QUICK_MS = 2000;

/** What the proofs of a policy share. */
interface Proving {
  readonly context: Context;
  /** The URL of the command's module. */
  readonly from: string;
  readonly objects: readonly PolicyObject[];
  /** The release that the policy is for; undefined for all. */
  readonly release: KernelRelease | undefined;
  readonly isOver: () => boolean;
}

/**
 * Proves on the kernels of this machine whether the verifier requires CAP_PERFMON: on the modules that
 * were built and, as root, on the running kernel. Without --prove, only as far as that is quick.
 *
 * @throws InconclusiveError if --prove is given, and no kernel can prove the policy.
 */
export async function proved(
  context: Context,
  from: string,
  objects: readonly PolicyObject[],
  policy: Policy,
  release: KernelRelease | undefined,
): Promise<Policy> {
  const { values } = context.parsed;
  // What a rule requires is not a question for the verifier.
  if (values["no-prove"] === true || policy.proof.length === 0) return policy;
  const isPatient = values.prove === true;
  const begin = (): Proving => {
    const end = Date.now() + QUICK_MS;
    const isOver = (): boolean => !isPatient && Date.now() > end;
    return { context, from, objects, release, isOver };
  };
  // The running kernel answers at once; a module has to boot first.
  const found = await provedByModules(begin, await provedByRunning(begin(), policy));
  const isProven = found.proof.some((sentence) => sentence.startsWith("Proven on "));
  if (!isPatient || isProven) return found;
  throw new InconclusiveError(
    "policy: no kernel of this machine proves the policy: build a module (npm run kernel-bpf -- build 6.12 --fetch), or run this command as root on Linux 6.9 or newer",
  );
}

async function provedByModules(begin: () => Proving, policy: Policy): Promise<Policy> {
  const { context, release } = begin();
  const { bpfKernelFolders, bpfKernelReleases } = await import("@bpf-token/kernel-bpf/node");
  const built = bpfKernelReleases(bpfKernelFolders({ ...context.io.env }));
  let current = policy;
  for (const one of built) {
    if (release !== undefined && release !== one) continue;
    current = await provedByModule(begin(), current, one);
  }
  return current;
}

async function provedByModule(proving: Proving, policy: Policy, release: string): Promise<Policy> {
  const { context, from } = proving;
  try {
    const opened = await openVerifier(context, { command: "policy", from, release });
    return await askModule(proving, policy, opened);
  } catch (error) {
    // Without --prove, a module that is damaged or too slow proves nothing, and that is all.
    if (context.parsed.values.prove === true) throw error;
    return policy;
  }
}

/** The verdicts of a module come from a thread, which is stopped when the time is over. */
async function askModule(proving: Proving, policy: Policy, opened: Verifier): Promise<Policy> {
  const { objects, release, isOver } = proving;
  const because: string[] = [];
  let isComplete = true;
  const watch = setInterval(() => {
    if (isOver()) opened.worker.close();
  }, 50);
  try {
    for (const one of objects) {
      const prefix = objects.length > 1 ? `${one.file}: ` : "";
      for await (const { name, needs } of verdictsOf(proving, policy, one, opened)) {
        if (needs === undefined) isComplete = false;
        else if (needs !== "") because.push(`${prefix}program ${name}: ${needs}`);
      }
    }
  } finally {
    clearInterval(watch);
    opened.worker.close();
  }
  const sentence = provenSentence(`Linux ${opened.kernel.release}`, because.length > 0);
  return provePerfmon(policy, { because, isComplete, sentence, others: release === undefined });
}

/** Why a program needs CAP_PERFMON; empty if it does not, undefined without an answer. */
interface Answer {
  readonly name: string;
  readonly needs: string | undefined;
}

async function* verdictsOf(
  { context, isOver }: Proving,
  policy: Policy,
  { file, object }: PolicyObject,
  { kernel, worker }: Verifier,
): AsyncGenerator<Answer, void, void> {
  const { verifyInWorker } = await import("../../../verify/index.js");
  const bytes = await readInputFile(file);
  const all = context.parsed.values.all === true;
  const least = withoutUnruled(policy);
  const load = (names: readonly string[], capabilities: readonly string[]) => {
    const options: VerifyOptions = {
      delegation: delegationOptions(policy.delegation),
      programs: names,
      capabilities: capabilityMask(
        capabilities.map((name) => name.toUpperCase() as CapabilityName),
      ),
    };
    return verifyInWorker(worker, { kernel, object: bytes, name: file, options });
  };
  const programs = object.programs.filter(({ autoload }) => all || autoload);
  const refused: ProgramVerdict[] = [];
  for await (const verdict of load(
    programs.map(({ name }) => name),
    least,
  )) {
    if (isOver()) return yield { name: verdict.name, needs: undefined };
    if (verdict.verdict === "refused") refused.push(verdict);
    else yield { name: verdict.name, needs: verdict.verdict === "accepted" ? "" : undefined };
  }
  if (refused.length === 0) return;
  const names = refused.map(({ name }) => name);
  for await (const { name, verdict } of load(names, [...least, "perfmon"])) {
    const first = refused.find((one) => one.name === name);
    yield { name, needs: verdict === "accepted" && first !== undefined ? whyOf(first) : undefined };
  }
}

const whyOf = ({ reason, explanation }: ProgramVerdict): string =>
  [reason, explanation.trimStart()].map((text) => text.split("\n", 1)[0]).join(": ");

async function provedByRunning(proving: Proving, policy: Policy): Promise<Policy> {
  const { context, objects, release, isOver } = proving;
  const { release: uname } = await import("node:os");
  const running = /^\d+\.\d+/.exec(uname())?.[0] ?? "";
  if (release !== undefined && release !== running) return policy;
  const subject = await chooseSubject("native", context).catch((error: unknown) => {
    if (error instanceof InconclusiveError) return undefined;
    throw error;
  });
  if (subject === undefined) return policy;
  const { askVerifier } = await import("../../../policy/verifier.js");
  const kernel = subject.open(true);
  try {
    const name = `Linux ${running}, the running kernel`;
    const asked = await askVerifier(kernel, objects, policy, {
      ...{ name, isOver, others: release === undefined },
    });
    const { refused, ...found } = asked;
    // Without --prove, nobody has asked why the kernel does not load an object.
    const told = context.parsed.values.prove === true ? refused : [];
    return {
      ...found,
      open: [...found.open, ...told.map((text) => `Not proven on ${name}: ${text}`)],
    };
  } finally {
    kernel.close();
  }
}
