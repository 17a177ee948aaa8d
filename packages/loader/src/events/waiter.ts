// SPDX-License-Identifier: MIT

/** How somebody waits for events. */
export interface WaitOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds between two looks at most, when nothing comes. The first looks after an event are
   * closer together. Default 50.
   */
  readonly longestWait?: number;
}

/** Milliseconds to the next look after something came. */
const SHORTEST = 1;

/**
 * Waits for a buffer to fill. There is no way to wait for a descriptor in JavaScript, so it looks
 * again and again, the more seldom the longer nothing came: an event is seen after a millisecond
 * while there are many, and after {@link WaitOptions.longestWait} at the latest.
 */
export class Waiter {
  readonly #longest: number;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Set<() => void>();
  #pause = SHORTEST;
  #closed = false;

  constructor({ signal, longestWait = 50 }: WaitOptions) {
    if (!(longestWait >= SHORTEST)) {
      throw new RangeError(`longestWait is ${longestWait}; at least ${SHORTEST} ms are wanted`);
    }
    this.#longest = longestWait;
    this.#signal = signal;
  }

  /**
   * Waits until it is worth to look again.
   *
   * @param some - whether there was something at the last look.
   * @returns whether to look again; false when it was closed or aborted.
   */
  async wait(some: boolean): Promise<boolean> {
    if (this.#ended()) return false;
    this.#pause = some ? SHORTEST : Math.min(2 * this.#pause, this.#longest);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#signal?.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, this.#pause);
      this.#signal?.addEventListener("abort", done);
      this.#waiting.add(done);
    });
    return !this.#ended();
  }

  /** Wakes everybody up, for the last time. */
  close(): void {
    this.#closed = true;
    for (const done of [...this.#waiting]) done();
  }

  #ended(): boolean {
    return this.#closed || this.#signal?.aborted === true;
  }
}
