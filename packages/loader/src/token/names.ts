// SPDX-License-Identifier: MIT

/** A mask as a mount option takes it. */
export function maskText(mask: bigint, names: Readonly<Record<string, number>>): string {
  if (mask === (1n << 64n) - 1n) return "any";
  const bits = Array.from({ length: 64 }, (_, bit) => bit).filter(
    (bit) => ((mask >> BigInt(bit)) & 1n) === 1n,
  );
  return bits.map((bit) => optionName(names, bit)).join(":");
}

/** The first name of a value, as mount options take it. */
export function optionName(names: Readonly<Record<string, number>>, bit: number): string {
  const name = Object.keys(names).find((each) => names[each] === bit);
  return name === undefined ? `0x${(1n << BigInt(bit)).toString(16)}` : name.toLowerCase();
}
