// SPDX-License-Identifier: MIT

/** How {@link RingBuffer}, {@link PerfBuffer} and {@link eventsOf} wait for events. */
export interface WaitOptions {
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
  /**
   * Maximum milliseconds between polls of an idle buffer. After an event, the interval starts at
   * 1 ms and doubles. Default 50.
   */
  readonly longestWait?: number;
}

/** Milliseconds until the next poll after an event. */
const SHORTEST = 1;

/**
 * Waits for a buffer to fill. JavaScript cannot wait for an fd, so this class polls. The
 * interval doubles while the buffer is idle, up to {@link WaitOptions.longestWait}.
 */
export class Waiter {
  readonly #longest: number;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Set<() => void>();
  #pause = SHORTEST;
  #closed = false;

  constructor({ signal, longestWait = 50 }: WaitOptions) {
    if (!(longestWait >= SHORTEST)) {
      throw new RangeError(`longestWait is ${longestWait}; it must be at least ${SHORTEST} ms`);
    }
    this.#longest = longestWait;
    this.#signal = signal;
  }

  /**
   * Waits until the next poll.
   *
   * @param some - whether the last poll found events.
   * @returns whether to poll again; false once the buffer is closed or the signal aborted.
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

  /** Wakes up all waiting iterations for the last time. */
  close(): void {
    this.#closed = true;
    for (const done of [...this.#waiting]) done();
  }

  #ended(): boolean {
    return this.#closed || this.#signal?.aborted === true;
  }
}
