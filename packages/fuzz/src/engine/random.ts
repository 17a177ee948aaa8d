// SPDX-License-Identifier: MIT

/** Pseudo-random numbers, the same for the same seeds: xoshiro128**, seeded by splitmix32. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(...seeds: readonly number[]) {
    let state = 0x9e3779b9;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    for (const seed of seeds) {
      state ^= seed | 0;
      state = next();
    }
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** Returns 32 random bits. */
  word(): number {
    const b = this.#b;
    const rotated = Math.imul(b, 5);
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9) >>> 0;
    const t = b << 9;
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Returns a number from 0 to `bound` - 1; `bound` is at most 2^16. */
  below(bound: number): number {
    return Math.floor(((this.word() >>> 8) / 0x1000000) * bound);
  }

  byte(): number {
    return this.word() >>> 24;
  }
}
