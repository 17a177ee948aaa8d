// SPDX-License-Identifier: MIT
import type { Bytes } from "../bytes.js";
import { hashOfName } from "../strings.js";
import { essentialName } from "./names.js";

/** The strings of BTF, those of its base included. */
export interface Names {
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
    const { data } = types;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#name = (position) => names.string(types.u32(offsets[position] as number));
    const size = 2 ** Math.ceil(Math.log2(offsets.length * 2 + 2));
    this.#slots = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(offsets.length).fill(-1);
    this.#hashes = new Uint32Array(offsets.length);
    // From the end, so that chains rise.
    for (let position = offsets.length - 1; position >= 0; position--) {
      const offset = view.getUint32(offsets[position] as number, true);
      if (offset === 0) continue;
      const hash = names.hash(offset);
      const slot = this.#slot(hash);
      this.#hashes[position] = hash;
      this.#next[position] = this.#slots[slot] as number;
      this.#slots[slot] = position;
    }
  }

  find(name: string): number[] {
    const wanted = essentialName(name);
    const found: number[] = [];
    let position = this.#slots[this.#slot(hashOfName(name))] as number;
    while (position >= 0) {
      if (essentialName(this.#name(position)) === wanted) found.push(position);
      position = this.#next[position] as number;
    }
    return found;
  }

  #slot(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const taken = this.#slots[slot] as number;
      if (taken < 0 || this.#hashes[taken] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
