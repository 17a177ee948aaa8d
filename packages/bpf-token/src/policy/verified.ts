// SPDX-License-Identifier: MIT
import type { ProgramVerdict } from "../verify/verify.js";
import { provePerfmon } from "./perfmon.js";
import type { Policy } from "./policy.js";

/** The verdicts on the programs of an object, which were loaded with the delegation of the policy. */
export interface VerifiedObject {
  readonly file: string;
  /** With the least capabilities of each accepted program. */
  readonly verdicts: readonly ProgramVerdict[];
}

/**
 * Adds to a policy what Linux's own verifier answered: whether programs need CAP_PERFMON, which
 * capabilities they need, and which were not accepted.
 *
 * @param release - the release of the verifier: `7.3.4`.
 */
export function withVerdicts(
  policy: Policy,
  release: string,
  objects: readonly VerifiedObject[],
): Policy {
  const named = objects.flatMap(({ file, verdicts }) =>
    verdicts.map((verdict) => ({
      what: `${objects.length > 1 ? `${file}: ` : ""}program ${verdict.name}`,
      verdict,
    })),
  );
  const because: string[] = [];
  const open: string[] = [];
  const needed = new Set<string>();
  for (const { what, verdict } of named) {
    if (verdict.least === null)
      open.push(`Not proven on Linux ${release}: ${what}: ${verdict.reason.split("\n", 1)[0]}`);
    for (const { name, without } of verdict.least ?? []) {
      needed.add(name);
      if (name === "CAP_PERFMON") because.push(`${what}: ${without}`);
    }
  }
  const names = [...needed].sort().join(", ") || "no capability";
  const sentence = `Proven on Linux ${release}, for each program alone: with this delegation, the verifier accepts it. The programs need ${names}; without any one of them, a program is refused.`;
  const isComplete = open.length === 0;
  const proven = provePerfmon(policy, { because, isComplete, sentence, others: false });
  return { ...proven, open: [...proven.open, ...open] };
}
