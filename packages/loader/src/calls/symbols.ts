// SPDX-License-Identifier: MIT
import type { Kernel } from "@bpf-token/syscall";

/** Addresses of symbols, by name. */
export type Addresses = ReadonlyMap<string, bigint>;

/** The file with the kernel's symbols. */
export const KALLSYMS = "/proc/kallsyms";

/** Found addresses are kept: kernel symbols do not move while the kernel runs. */
const known = new WeakMap<Kernel, Map<string, bigint>>();

/**
 * Returns the addresses of symbols, as far as the kernel has them.
 *
 * @param text - reads the whole list, which has megabytes; only called for unknown names.
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

/** Finds symbols in the list: lines like `ffff… T name`, for modules with a tab and their name. */
export function addressesIn(list: Uint8Array, names: readonly string[]): Addresses {
  const text = new TextDecoder("latin1").decode(list);
  const found = new Map<string, bigint>();
  for (const name of names) {
    // Searching for the names is faster than parsing the many lines.
    const places = ["\n", "\t"].map((end) => text.indexOf(` ${name}${end}`));
    const at = Math.min(...places.filter((place) => place >= 0));
    if (!Number.isFinite(at)) continue;
    const start = text.lastIndexOf("\n", at) + 1;
    found.set(name, BigInt(`0x${text.slice(start, text.indexOf(" ", start))}`));
  }
  return found;
}
