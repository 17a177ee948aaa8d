// SPDX-License-Identifier: MIT
import { maxInput } from "../machine/machine.js";
import type { Dice } from "./dice.js";

/** How long an input mostly is at most, if nobody says otherwise. */
const LENGTH = 160;
/** The story takes fewer bytes than this. */
export const storyRoom = 24;

/**
 * Steps that make something with the token of the story: in core-c/fuzz/sequence_bpf.c, a map of
 * some type; in sequence_load.c a program. Chance alone would seldom come to them.
 */
function use(dice: Dice): readonly number[] {
  // the container's task, a map type, nothing odd, the newest token, the usual size
  return [
    1 + dice.below(4),
    0,
    dice.byte(),
    dice.below(128),
    4 * dice.below(16),
    0,
    dice.below(28),
  ];
}

/** Makes inputs that go on from a story, by chance and out of those that found something new. */
export class Inputs {
  readonly #length: number;
  readonly #bytes: Uint8Array = new Uint8Array(maxInput);
  readonly #pool: Uint8Array[] = [];

  /** @param length - the most bytes behind a story. */
  constructor(length: number = LENGTH) {
    this.#length = length;
  }

  /** What is worth to be changed further. */
  get pool(): readonly Uint8Array[] {
    return this.#pool;
  }

  keep(input: Uint8Array): void {
    this.#pool.push(input.slice());
  }

  /** Bytes for a story: new ones, or those of an input that is known. */
  story(dice: Dice): Uint8Array {
    const known = this.#pool[dice.below(Math.max(1, this.#pool.length))];
    const bytes = this.#bytes.subarray(0, storyRoom);
    for (let i = 0; i < storyRoom; i++) bytes[i] = dice.byte();
    // what delegates is what most of it is about
    if ((dice.byte() & 3) !== 0) bytes[0] = (bytes[0] ?? 0) & 0xfe;
    if (known !== undefined && (dice.byte() & 3) === 0) bytes.set(known.subarray(0, storyRoom));
    return bytes.slice();
  }

  /** An input that begins with so many bytes of a story. The next one is made in the same place. */
  after(story: Uint8Array, told: number, dice: Dice): Uint8Array {
    this.#bytes.set(story.subarray(0, told));
    const how = dice.byte();
    if (how < 90 && this.#pool.length > 0) return this.#changed(told, dice);
    let at = told;
    if (how < 200) {
      for (const byte of use(dice)) this.#bytes[at++] = byte;
    }
    const end = at + 1 + dice.below(this.#length);
    while (at < end) this.#bytes[at++] = dice.byte();
    return this.#bytes.subarray(0, at);
  }

  /** The end of one that is known, with some bytes changed, and perhaps that of another behind. */
  #changed(told: number, dice: Dice): Uint8Array {
    let at = told;
    for (let pieces = 1 + dice.below(2); pieces > 0; pieces--) {
      const one = this.#pool[dice.below(this.#pool.length)] ?? this.#bytes;
      const from = Math.min(one.length, told + (pieces > 1 ? dice.below(32) : 0));
      const piece = one.subarray(from, from + this.#length);
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    for (let changes = dice.below(6); changes > 0 && at > told; changes--) {
      this.#bytes[told + dice.below(at - told)] = dice.byte();
    }
    return this.#bytes.subarray(0, at);
  }
}
