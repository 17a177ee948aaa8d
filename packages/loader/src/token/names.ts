// SPDX-License-Identifier: MIT

/** Formats a mask as a mount option. */
export function maskText(mask: bigint, names: Readonly<Record<string, number>>): string {
  if (mask === (1n << 64n) - 1n) return "any";
  const bits = Array.from({ length: 64 }, (_, bit) => bit).filter(
    (bit) => ((mask >> BigInt(bit)) & 1n) === 1n,
  );
  return bits.map((bit) => optionName(names, bit)).join(":");
}

/** Returns the first name of a value, in the spelling of mount options. */
export function optionName(names: Readonly<Record<string, number>>, bit: number): string {
  const name = Object.keys(names).find((each) => names[each] === bit);
  return name === undefined ? `0x${(1n << BigInt(bit)).toString(16)}` : name.toLowerCase();
}
