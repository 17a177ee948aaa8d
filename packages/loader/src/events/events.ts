// SPDX-License-Identifier: MIT
import type { Waiter } from "./waiter.js";

/** Events of programs: each is seen once, by one of those who look. */
export interface Events<T> extends AsyncIterable<T>, Disposable {
  /** Whether it was closed. */
  readonly closed: boolean;
  /** The events that are there now; what was read makes room for new ones at once. */
  drain(): Iterable<T>;
  /** Ends every iteration, and gives the memory back. May be called again. */
  close(): void;
}

/** Events as they come, until nobody waits any more. */
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
