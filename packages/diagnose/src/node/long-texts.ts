// SPDX-License-Identifier: MIT
import { MOST, readStart } from "./proc-files.js";

/** What is read of the file descriptors of one process beyond usual texts. */
export const MOST_LONG_OF_ONE: number = 4 * MOST;
/** A usual text of `status` or `fdinfo` is shorter. */
const USUAL = 4096;
/** The kernel prints about 20 MiB of such texts in a second. */
const MOST_LONG = 64 * MOST;

/** Reads texts that a container can make long, by any number of locks, watches or groups. */
export class LongTexts {
  #left = MOST_LONG;

  /** How much was read beyond usual texts. */
  get read(): number {
    return MOST_LONG - this.#left;
  }

  /** Whether no more is read. */
  get spent(): boolean {
    return this.#left <= 0;
  }

  start(path: string): string {
    const text = readStart(path);
    this.#left -= Math.max(0, text.length - USUAL);
    return text;
  }
}
