// SPDX-License-Identifier: MIT
import type { Waiter } from "./waiter.js";

/**
 * Events that BPF programs send. Each event is delivered once, to one of the readers. See
 * {@link RingBuffer}, {@link PerfBuffer} and {@link eventsOf}.
 */
export interface Events<T> extends AsyncIterable<T>, Disposable {
  /** Whether {@link Events.close} was called. */
  readonly closed: boolean;
  /** Returns the events that are available now. Reading an event frees its space at once. */
  drain(): Iterable<T>;
  /** Ends every iteration and unmaps the memory. You may call it again. */
  close(): void;
}

/** Yields events as they arrive, until the waiter is closed. */
export async function* iterateEvents<T>(
  drain: () => Iterable<T>,
  waiter: Waiter,
): AsyncGenerator<T, void, undefined> {
  for (;;) {
    let some = false;
    for (const event of drain()) {
      some = true;
      yield event;
    }
    if (!(await waiter.wait(some))) return;
  }
}
