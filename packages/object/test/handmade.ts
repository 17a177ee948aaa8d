// SPDX-License-Identifier: MIT
import { concat, words } from "../src/btf/editor.ts";

/** A section of a file that a test assembles. */
export interface Part {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly link?: number;
  readonly info?: number;
  readonly data: Uint8Array;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A string table, and the offset of each string. */
export function table(names: readonly string[]): { data: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  let whole = "\0";
  for (const name of names) {
    offsets.push(whole.length);
    whole += `${name}\0`;
  }
  return { data: text(whole), offsets };
}

/** A symbol for {@link symbols}. */
export interface Entry {
  readonly name: string;
  readonly info: number;
  readonly section: number;
  readonly value?: number;
  readonly size?: number;
}

/** A symbol table and its strings; `link` is the section of the strings. */
export function symbols(entries: readonly Entry[], link: number): [Part, Part] {
  const { data, offsets } = table(entries.map(({ name }) => name));
  const rows = entries.map(({ info, section, value = 0, size = 0 }, i) =>
    words([offsets[i] ?? 0, info | (section << 16), value, 0, size, 0]),
  );
  const symtab = { name: ".symtab", type: 2, link, data: concat([new Uint8Array(24), ...rows]) };
  return [symtab, { name: ".strtab", type: 3, data }];
}

/** Assembles a relocatable BPF file. Sections are numbered from 1; their names come last. */
export function elf(parts: readonly Part[]): Uint8Array {
  const all = [...parts, { name: ".shstrtab", type: 3, data: new Uint8Array() }];
  const names = table(all.map(({ name }) => name));
  const contents = all.map((part) => (part.name === ".shstrtab" ? names.data : part.data));
  let offset = 64;
  const rows = all.map(({ type = 1, flags = 0, link = 0, info = 0 }, i) => {
    const at = offset;
    const { length } = contents[i] ?? new Uint8Array();
    offset += length;
    const name = names.offsets[i] ?? 0;
    return words([name, type, flags, 0, 0, 0, at, 0, length, 0, link, info, 8, 0, 0, 0]);
  });
  const header = words([
    0x464c457f,
    0x00010102,
    0,
    0,
    1 | (247 << 16),
    1,
    0,
    0,
    0,
    0,
    offset,
    0,
    0,
  ]);
  const counts = words([64, 64 << 16, (all.length + 1) | (all.length << 16)]);
  return concat([header, counts, ...contents, new Uint8Array(64), ...rows]);
}
