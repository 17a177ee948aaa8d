// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BitSet, BpfCmd } from "../src/index.ts";

const masks = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("BitSet", () => {
  it("holds bits 0 to 63", () => {
    const set = BitSet.of(BpfCmd.MAP_CREATE, BpfCmd.TOKEN_CREATE, 63);
    expect(set.mask).toBe(1n | (1n << 36n) | (1n << 63n));
    expect([...set]).toEqual([0, 36, 63]);
    expect(set.size).toBe(3);
    expect(set.has(63)).toBe(true);
    expect(set.has(62)).toBe(false);
    expect(`${BitSet.of(63)}`).toBe("0x8000000000000000");
  });

  it("all() returns 64 bits, or the bits that a release knows", () => {
    expect(BitSet.all().mask).toBe(2n ** 64n - 1n);
    expect(BitSet.all("bpf_cmd", "6.15").mask).toBe(2n ** 37n - 1n);
    expect(BitSet.all("bpf_cmd", "6.18").size).toBe(38);
    expect(() => BitSet.all("bpf_cmd")).toThrow(
      "the bits of bpf_cmd depend on the kernel release; pass a release",
    );
  });

  it.each([-1, 64, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses bit %d", (bit) => {
    expect(() => BitSet.of(bit)).toThrow(new RangeError(`bit ${bit} is not in 0…63`));
    expect(() => BitSet.empty.with(bit)).toThrow(RangeError);
    expect(() => BitSet.empty.without(bit)).toThrow(RangeError);
    expect(BitSet.all().has(bit)).toBe(false);
  });

  it.each([-1n, 2n ** 64n, -1, 2 ** 53, 0.5, Number.NaN])("refuses mask %s", (mask) => {
    expect(() => BitSet.fromMask(mask)).toThrow(RangeError);
  });

  it("is immutable", () => {
    const set = BitSet.of(1);
    expect(() => Object.assign(set, { mask: 5n })).toThrow(TypeError);
    set.with(2);
    expect(set.mask).toBe(2n);
  });

  it("implements set operations", () => {
    fc.assert(
      fc.property(masks, masks, (a, b) => {
        const [x, y] = [BitSet.fromMask(a), BitSet.fromMask(b)];
        expect(BitSet.of(...x).mask).toBe(a);
        expect(x.union(y).mask).toBe(a | b);
        expect(x.intersection(y).mask).toBe(a & b);
        expect(x.difference(y).union(x.intersection(y)).equals(x)).toBe(true);
        expect(x.isSubsetOf(x.union(y))).toBe(true);
        expect(x.isSubsetOf(y)).toBe([...x].every((bit) => y.has(bit)));
        expect(x.size).toBe([...x].length);
        expect(BitSet.fromMask(BigInt(`${x}`)).equals(x)).toBe(true);
        for (const bit of x) expect(x.without(bit).with(bit).mask).toBe(a);
      }),
    );
  });
});
