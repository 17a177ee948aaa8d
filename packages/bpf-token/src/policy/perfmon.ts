// SPDX-License-Identifier: MIT
// CAP_PERFMON for the verifier: computed from the instructions, or proven on a kernel.
import { type ObjectSpec, objectNeeds, type ProgramSpec, verifierNeeds } from "@bpf-token/object";
import type { KernelRelease } from "@bpf-token/uapi";
import type { Policy, PolicyReason } from "./policy-result.js";

/** What the instructions of an object say about CAP_PERFMON. */
export interface ComputedPerfmon {
  /** The reason, if a program needs the capability, or may need it. */
  readonly reason: PolicyReason | undefined;
  /** Whether a rule requires it anyway, so that nothing is left to compute. */
  readonly isRule: boolean;
}

/** Computes whether the verifier requires CAP_PERFMON for some programs of an object. */
export function computePerfmon(
  object: ObjectSpec,
  programs: readonly ProgramSpec[],
  prefix: string,
  release?: KernelRelease,
): ComputedPerfmon {
  const options = { wanted: (one: ProgramSpec): boolean => programs.includes(one) };
  const [need] = verifierNeeds(object, {
    ...options,
    ...(release === undefined ? {} : { release }),
  });
  if (need === undefined) {
    const { capabilities } = objectNeeds(object, options);
    return { reason: undefined, isRule: capabilities.includes("perfmon") };
  }
  const because = need.because.map((why) => prefix + why);
  return { reason: perfmonReason(because, need.basis), isRule: false };
}

const consequences: Readonly<Record<NonNullable<PolicyReason["basis"]>, string>> = {
  computed: "the verifier refuses the program with EACCES",
  assumed: "the verifier may refuse the program with EACCES; this is assumed, not proven",
  proven: "the verifier refuses the program",
};

/** The reason for CAP_PERFMON. */
export function perfmonReason(
  because: readonly string[],
  basis: NonNullable<PolicyReason["basis"]>,
): PolicyReason {
  return {
    ...{ axis: "caps", name: "perfmon", because, basis },
    ...{ without: consequences[basis], required: basis !== "assumed" },
  };
}

/** How to prove what is computed or assumed. */
const HOW =
  "To prove it, build a module ('bpf-token verify --help' says how), or run bpf-token as root on the kernel that loads the programs.";

/** Says in which way the policy has CAP_PERFMON, or has it not, as long as no kernel has proven it. */
export function unprovenSentences(
  computed: readonly ComputedPerfmon[],
  hasPrograms: boolean,
  how: string = HOW,
): readonly string[] {
  if (!hasPrograms || computed.some(({ isRule }) => isRule)) return [];
  const bases = computed.map(({ reason }) => reason?.basis);
  if (bases.includes("computed")) {
    return [`CAP_PERFMON: required by the instructions, not proven on a kernel. ${how}`];
  }
  if (bases.includes("assumed")) {
    return [
      `CAP_PERFMON: assumed, not proven. The instructions do not show whether the verifier requires it. ${how}`,
    ];
  }
  return [`CAP_PERFMON: not required by the instructions, not proven on a kernel. ${how}`];
}

/** What a kernel answered about CAP_PERFMON. */
export interface PerfmonProof {
  /** Why programs need the capability; empty if the kernel accepts all without it. */
  readonly because: readonly string[];
  /** Whether the kernel has accepted or refused each program. */
  readonly isComplete: boolean;
  /** The sentence that reports the answer. */
  readonly sentence: string;
  /** Whether it counts for no other kernel, so that needs of others stay. */
  readonly others: boolean;
}

/**
 * Adds CAP_PERFMON to a policy, or removes it, as a kernel has answered. A capability that a rule
 * requires stays.
 */
export function provePerfmon(policy: Policy, proof: PerfmonProof): Policy {
  const { because, isComplete, sentence, others } = proof;
  const known = policy.reasons.find(({ axis, name }) => axis === "caps" && name === "perfmon");
  const isRule = known !== undefined && known.basis === undefined;
  const told = isComplete ? { ...policy, proof: [...provenBefore(policy), sentence] } : policy;
  if (isRule) return told;
  if (because.length > 0) {
    const before = known?.basis === "proven" ? known.because : [];
    const all = [...new Set([...before, ...because])];
    return withCapability(told, perfmonReason(all, "proven"));
  }
  const isKept = known?.basis === "proven" || (others && known?.basis === "computed");
  if (known === undefined || isKept || !isComplete) return told;
  return {
    ...told,
    capabilities: told.capabilities.filter((name) => name !== "perfmon"),
    reasons: told.reasons.filter((reason) => reason !== known),
  };
}

/** What a kernel has proven. */
export function provenSentence(kernel: string, isNeeded: boolean): string {
  const what = isNeeded ? "requires CAP_PERFMON" : "accepts all programs without CAP_PERFMON";
  return `Proven on ${kernel}: with this delegation, the verifier ${what}.`;
}

/** The capabilities without CAP_PERFMON, unless a rule requires it. */
export function withoutUnruled({ capabilities, reasons }: Policy): readonly string[] {
  const isUnruled = ({ axis, name, basis }: PolicyReason): boolean =>
    axis === "caps" && name === "perfmon" && basis !== undefined;
  return reasons.some(isUnruled) ? capabilities.filter((one) => one !== "perfmon") : capabilities;
}

const isProven = (sentence: string): boolean => sentence.startsWith("Proven on ");
const provenBefore = ({ proof }: Policy): readonly string[] => proof.filter(isProven);

function withCapability(policy: Policy, reason: PolicyReason): Policy {
  const isOther = ({ axis, name }: PolicyReason): boolean => axis !== "caps" || name !== "perfmon";
  return {
    ...policy,
    capabilities: [...policy.capabilities.filter((name) => name !== "perfmon"), "perfmon"],
    reasons: [...policy.reasons.filter(isOther), reason],
  };
}
