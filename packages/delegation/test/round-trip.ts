// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { expect } from "vitest";
import { delegationOf, dialects, formatDelegation, parseDelegation } from "../src/index.ts";

/** Translates random policies from one random dialect to another, and compares the result. */
export function assertRoundTrips(runs: number): void {
  const mask = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt(0n, (1n << bits) - 1n);
  const some = fc.oneof(fc.constant((1n << 64n) - 1n), fc.constant(0n));
  const masks = fc.record({
    cmds: fc.oneof(mask(38n), some),
    maps: fc.oneof(mask(34n), some),
    progs: fc.oneof(mask(31n), some),
    attachs: fc.oneof(mask(58n), some),
  });
  const pair = fc.constantFrom(...dialects);
  fc.assert(
    fc.property(masks, pair, pair, (random, from, to) => {
      fc.pre(Object.values(random).some((one) => one !== 0n));
      const delegation = delegationOf(random);
      const first = parseDelegation(formatDelegation(delegation, from).join("\n"));
      const second = parseDelegation(formatDelegation(first.delegation, to).join("\n"));
      expect(second).toMatchObject({ dialect: to, delegation, notes: [] });
    }),
    { numRuns: runs },
  );
}
