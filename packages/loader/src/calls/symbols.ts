// SPDX-License-Identifier: MIT
import type { Kernel } from "@bpf-token/syscall";

/** Addresses of symbols, by name. */
export type Addresses = ReadonlyMap<string, bigint>;

/** Where a kernel shows them. */
export const KALLSYMS = "/proc/kallsyms";

/** What was found once is not looked for again: symbols of a running kernel stay where they are. */
const known = new WeakMap<Kernel, Map<string, bigint>>();

/**
 * The addresses of symbols, as far as a kernel has them.
 *
 * @param text - reads the whole list, which has megabytes.
 */
export function addressesOf(
  kernel: Kernel,
  names: readonly string[],
  text: () => Uint8Array | number,
): Addresses {
  const found = known.get(kernel) ?? new Map<string, bigint>();
  known.set(kernel, found);
  if (names.every((name) => found.has(name))) return found;
  const bytes = text();
  if (typeof bytes === "number") return found;
  for (const [name, address] of addressesIn(bytes, names)) found.set(name, address);
  return found;
}

/** The same out of the list itself, lines like `ffff… T name`, with a tab and a module behind some. */
export function addressesIn(list: Uint8Array, names: readonly string[]): Addresses {
  const text = new TextDecoder("latin1").decode(list);
  const found = new Map<string, bigint>();
  for (const name of names) {
    // Lines are many: looking for the name is quicker than for what a line looks like.
    const places = ["\n", "\t"].map((end) => text.indexOf(` ${name}${end}`));
    const at = Math.min(...places.filter((place) => place >= 0));
    if (!Number.isFinite(at)) continue;
    const start = text.lastIndexOf("\n", at) + 1;
    found.set(name, BigInt(`0x${text.slice(start, text.indexOf(" ", start))}`));
  }
  return found;
}
