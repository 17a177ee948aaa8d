// SPDX-License-Identifier: MIT
import type { Bytes } from "../bytes.js";
import { hashBytes, hashOfName, type StringTable } from "../strings.js";
import { wordsOf } from "./layout.js";
import { essentialName } from "./names.js";

/** The strings of BTF: its own, and those of its base. */
export interface Names {
  readonly own: StringTable;
  string(offset: number): string;
  hash(offset: number): number;
}

/**
 * Finds types by their name without flavour. Open addressing over positions of types; one number a
 * slot, and names are compared only where hashes meet.
 */
export class NameIndex {
  readonly #slots: Int32Array;
  /** The next type with the same hash, by position; so slots hold each hash once. */
  readonly #next: Int32Array;
  readonly #hashes: Uint32Array;
  readonly #name: (position: number) => string;

  constructor(types: Bytes, offsets: Uint32Array, names: Names) {
    this.#name = (position) => names.string(types.u32(offsets[position] as number));
    const size = 2 ** Math.ceil(Math.log2(offsets.length * 2 + 2));
    this.#slots = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(offsets.length).fill(-1);
    this.#hashes = hashesOf(types, offsets, names);
    fill(this.#slots, this.#next, this.#hashes);
  }

  find(name: string): number[] {
    const wanted = essentialName(name);
    const hash = hashOfName(name);
    const found: number[] = [];
    let position = this.#slots[slotOf(this.#slots, this.#hashes, hash)] as number;
    while (position >= 0) {
      if (essentialName(this.#name(position)) === wanted) found.push(position);
      position = this.#next[position] as number;
    }
    return found;
  }
}

/** No type without a name has a hash: 0 stands for that. */
function hashesOf(types: Bytes, offsets: Uint32Array, names: Names): Uint32Array {
  const words = wordsOf(types.data);
  const { data, first } = names.own;
  const hashes = new Uint32Array(offsets.length);
  for (let i = 0; i < offsets.length; i++) {
    const offset = words[(offsets[i] as number) >>> 2] as number;
    if (offset === 0) continue;
    const from = offset - first;
    const own = from >= 0 && from < data.length;
    hashes[i] = own ? hashBytes(data, from) : names.hash(offset);
  }
  return hashes;
}

function fill(slots: Int32Array, next: Int32Array, hashes: Uint32Array): void {
  // From the end, so that chains rise.
  for (let position = hashes.length - 1; position >= 0; position--) {
    const hash = hashes[position] as number;
    if (hash === 0) continue;
    const slot = slotOf(slots, hashes, hash);
    next[position] = slots[slot] as number;
    slots[slot] = position;
  }
}

function slotOf(slots: Int32Array, hashes: Uint32Array, hash: number): number {
  const mask = slots.length - 1;
  let slot = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const taken = slots[slot] as number;
    if (taken < 0 || hashes[taken] === hash) return slot;
    slot = (slot + 1) & mask;
  }
}
