// SPDX-License-Identifier: MIT
import { maxInput } from "../machine/machine.js";
import type { Random } from "./random.js";

/** The default maximum number of bytes after a setup prefix. */
const STEP_BYTES = 160;
/** The maximum number of bytes of a setup prefix. */
const PREFIX_BYTES = 48;

/**
 * Steps that create an object with the token of the setup: a map in core-c/tests/fuzz/sequence_bpf.c, a
 * program in sequence_load.c. Random bytes rarely do this.
 */
function tokenUse(random: Random): readonly number[] {
  // the container's task, a map type, nothing odd, the newest token, the usual size
  return [
    1 + random.below(4),
    0,
    random.byte(),
    random.below(128),
    4 * random.below(16),
    0,
    random.below(28),
  ];
}

/** Steps of core-c/tests/fuzz/sequence_guarded.c: an operation under a fault, a hook's answer or a umask. */
function guarded(random: Random): readonly number[] {
  // the operation of a knob, the container's task, the guard, then the operation and its arguments
  return [169, 4 * random.below(16), 128 + random.below(128), random.byte(), random.below(13), 0];
}

/** Generates inputs after a setup prefix: random ones, and mutations of those that reached new code. */
export class Inputs {
  readonly #length: number;
  readonly #bytes: Uint8Array = new Uint8Array(maxInput);
  readonly #pool: Uint8Array[] = [];

  /** @param length - the maximum number of bytes after a setup prefix. */
  constructor(length: number = STEP_BYTES) {
    this.#length = length;
  }

  /** The kept inputs, which are mutated. */
  get pool(): readonly Uint8Array[] {
    return this.#pool;
  }

  keep(input: Uint8Array): void {
    this.#pool.push(input.slice());
  }

  /** Returns a setup prefix: random, or that of a kept input. */
  prefix(random: Random): Uint8Array {
    const known = this.#pool[random.below(Math.max(1, this.#pool.length))];
    const bytes = this.#bytes.subarray(0, PREFIX_BYTES);
    for (let i = 0; i < PREFIX_BYTES; i++) bytes[i] = random.byte();
    // Most setups delegate, because token code is what the comparison tests, and half of them vary.
    const how = random.byte();
    if ((how & 3) !== 0) bytes[0] = ((bytes[0] ?? 0) & 0xfc) | ((how >> 2) & 1);
    if (known !== undefined && (random.byte() & 3) === 0)
      bytes.set(known.subarray(0, PREFIX_BYTES));
    return bytes.slice();
  }

  /** Returns an input that begins with the first `read` bytes of a prefix. */
  after(prefix: Uint8Array, read: number, random: Random): Uint8Array {
    this.#bytes.set(prefix.subarray(0, read));
    const how = random.byte();
    if (how < 90 && this.#pool.length > 0) return this.#mutated(read, random);
    let at = read;
    if (how < 200) {
      for (const byte of tokenUse(random)) this.#bytes[at++] = byte;
    }
    while (random.below(3) === 0 && at < read + PREFIX_BYTES) {
      for (const byte of guarded(random)) this.#bytes[at++] = byte;
    }
    const end = at + 1 + random.below(this.#length);
    while (at < end) this.#bytes[at++] = random.byte();
    return this.#bytes.slice(0, at);
  }

  /** Mutates the steps of a kept input, and may append those of another one. */
  #mutated(read: number, random: Random): Uint8Array {
    let at = read;
    for (let pieces = 1 + random.below(2); pieces > 0; pieces--) {
      const one = this.#pool[random.below(this.#pool.length)] ?? this.#bytes;
      const from = Math.min(one.length, read + (pieces > 1 ? random.below(32) : 0));
      const piece = one.subarray(from, from + this.#length);
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    for (let changes = random.below(6); changes > 0 && at > read; changes--) {
      this.#bytes[read + random.below(at - read)] = random.byte();
    }
    return this.#bytes.slice(0, at);
  }
}
