// SPDX-License-Identifier: MIT
import { Capability } from "@bpf-token/uapi";

/** A capability without which the kernel refuses a program. */
export interface LeastCapability {
  /** `CAP_NET_ADMIN`. */
  readonly name: string;
  /** How the kernel refused the program without the capability. */
  readonly without: string;
}

/** What the search reads of the verdict on a program. */
interface Loaded {
  readonly verdict: "accepted" | "refused" | "unmodelled" | "unfinished";
  readonly reason: string;
  readonly explanation: string;
}

const bit = (name: keyof typeof Capability): bigint => 1n << BigInt(Capability[name]);
/** CAP_SYS_ADMIN replaces the others, so it is removed first. */
const usual = [bit("SYS_ADMIN"), bit("PERFMON"), bit("NET_ADMIN"), bit("BPF")];

/** The capabilities of a mask, one mask each, in the order in which they are removed. */
function bitsOf(mask: bigint): readonly bigint[] {
  const bits: bigint[] = usual.filter((one) => (mask & one) !== 0n);
  for (let one = 1n; one <= mask; one <<= 1n)
    if ((mask & one) !== 0n && !usual.includes(one)) bits.push(one);
  return bits;
}

const names = new Map(
  Object.entries(Capability).map(([name, number]) => [1n << BigInt(number), `CAP_${name}`]),
);

/**
 * Removes each capability from a set with which the kernel accepts a program, and keeps it removed if
 * the kernel still accepts. Yields before each load.
 *
 * @param load - loads the program with a set of capabilities.
 * @returns the least set, or null if a load had no verdict.
 */
export function* findLeast(
  all: bigint,
  load: (capabilities: bigint) => Loaded,
): Generator<undefined, readonly LeastCapability[] | null, void> {
  let kept = all;
  yield;
  // Most programs need none of the others. One load shows it.
  const others = usual.reduce((mask, one) => mask & ~one, all);
  if (load(all & ~others).verdict === "accepted") kept = all & ~others;
  const least: { capability: bigint; without: string }[] = [];
  for (const capability of bitsOf(kept)) {
    yield;
    const found = load(kept & ~capability);
    if (found.verdict === "accepted") kept &= ~capability;
    else if (found.verdict === "refused") least.push({ capability, without: whyRefused(found) });
    else return null;
  }
  return least.map(({ capability, without }) => ({
    name: names.get(capability) ?? `capability ${capability}`,
    without,
  }));
}

/** The errno, and the verifier's message if there is one. */
function whyRefused({ reason, explanation }: Loaded): string {
  return [reason, explanation.trimStart()]
    .flatMap((text) => text.split("\n", 1))
    .filter((line) => line !== "")
    .join(": ");
}
