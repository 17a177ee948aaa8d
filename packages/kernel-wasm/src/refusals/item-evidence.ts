// SPDX-License-Identifier: GPL-2.0-only
import {
  enumMembers,
  type KernelRelease,
  memberSince,
  nearest,
  newestRelease,
} from "@bpf-token/uapi";

const enums = ["bpf_cmd", "bpf_map_type", "bpf_prog_type", "bpf_attach_type"] as const;
/** Prefixes of the kernel's headers, the longest first. */
const prefixes = /^BPF_(?:MAP_TYPE_|PROG_TYPE_)?/i;
/** The two numbers of the evidence hold this many characters. */
const CHARS = 16;

function charsOf(...words: readonly bigint[]): string {
  const bytes = words.flatMap((word) =>
    Array.from({ length: 8 }, (_, i) => Number((word >> BigInt(8 * i)) & 0xffn)),
  );
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(new Uint8Array(end < 0 ? bytes : bytes.slice(0, end)));
}

/** The item of a delegate option that the kernel refused: why, and the item. */
export function itemWords(
  release: KernelRelease,
  needed: bigint,
  present: bigint,
): { readonly needed: string; readonly present: string } {
  const item = charsOf(needed, present);
  const cut = item.length >= CHARS;
  const shown = JSON.stringify(cut ? `${item}...` : item);
  return { needed: adviceFor(item, cut, release), present: `item ${shown}` };
}

function adviceFor(item: string, cut: boolean, release: KernelRelease): string {
  if (item === "") return "an item before, between and after colons";
  if (/^any$/i.test(item)) return "any in lower case";
  if (/[,\s]/.test(item)) return "names separated by colons";
  const bare = item.replace(prefixes, "").toUpperCase();
  const same = (name: string): boolean => (cut ? name.startsWith(bare) : name === bare);
  for (const kind of enums) {
    const known = enumMembers(kind, release).find(({ name }) => same(name));
    if (known !== undefined && bare !== item.toUpperCase()) {
      return `${known.name.toLowerCase()}, without the prefix`;
    }
    const later = enumMembers(kind, newestRelease).find(({ name }) => same(name));
    if (known === undefined && later !== undefined) {
      return `Linux ${memberSince(kind, later.value) ?? "newer"}, the first with this name`;
    }
    if (known !== undefined) return `another option: this is a name of enum ${kind}`;
  }
  const names = enums.flatMap((kind) => enumMembers(kind, release).map(({ name }) => name));
  const hint = cut ? undefined : nearest(bare, names);
  return hint === undefined ? "a name of this release, a number, or any" : hint.toLowerCase();
}
