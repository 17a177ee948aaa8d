// SPDX-License-Identifier: MIT
import { hashBytes, hashOfName } from "../strings.js";
import { essentialName } from "./names.js";
import { type BtfKind, btfKinds } from "./types.js";

/** The kinds that CO-RE looks up, and a kernel's many functions; the third group is the rest. */
const groups: readonly ReadonlySet<BtfKind>[] = [
  new Set(["INT", "STRUCT", "UNION", "ENUM", "ENUM64", "FWD", "TYPEDEF", "FLOAT"]),
  new Set(["FUNC"]),
];

/** The group of each kind, by its number. */
export const groupOf: Uint8Array = Uint8Array.from(btfKinds, (kind) => {
  const group = groups.findIndex((one) => one.has(kind));
  return group < 0 ? groups.length : group;
});

/** The names of types, by position. */
export interface NamedTypes {
  readonly words: Uint32Array;
  readonly starts: Uint32Array;
  readonly kinds: Uint8Array;
  /** The strings that are not in the base, and the offset of the first one. */
  readonly own: Uint8Array;
  readonly first: number;
  string(offset: number): string;
  hash(offset: number): number;
}

/**
 * Finds types of a group by name, ignoring flavours. It hashes all names and scans the hashes,
 * which takes microseconds. Most processes look up too few names to pay for a hash table.
 */
export class NameIndex {
  readonly #types: NamedTypes;
  readonly #positions: Uint32Array;
  readonly #hashes: Uint32Array;

  constructor(group: number, types: NamedTypes) {
    this.#types = types;
    this.#positions = positionsOf(group, types);
    this.#hashes = hashesOf(this.#positions, types);
  }

  /** Returns positions of types in ascending order. */
  find(name: string): number[] {
    const { words, starts, string } = this.#types;
    const wanted = essentialName(name);
    const hash = hashOfName(name);
    const found: number[] = [];
    for (let i = this.#hashes.indexOf(hash); i >= 0; i = this.#hashes.indexOf(hash, i + 1)) {
      const position = this.#positions[i] as number;
      const offset = words[starts[position] as number] as number;
      if (essentialName(string(offset)) === wanted) found.push(position);
    }
    return found;
  }
}

/** Returns the types of the group that have a name. */
function positionsOf(group: number, { words, starts, kinds }: NamedTypes): Uint32Array {
  const positions = new Uint32Array(kinds.length);
  let count = 0;
  for (let i = 0; i < kinds.length; i++) {
    if (groupOf[kinds[i] as number] !== group) continue;
    if (words[starts[i] as number] !== 0) positions[count++] = i;
  }
  return positions.slice(0, count);
}

function hashesOf(positions: Uint32Array, types: NamedTypes): Uint32Array {
  const { words, starts, own, first } = types;
  const hashes = new Uint32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    const offset = words[starts[positions[i] as number] as number] as number;
    const from = offset - first;
    const isOwn = from >= 0 && from < own.length;
    hashes[i] = isOwn ? hashBytes(own, from) : types.hash(offset);
  }
  return hashes;
}
