// SPDX-License-Identifier: MIT
import type { Context } from "./command.js";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Whether a signal came. */
export interface Interrupt {
  came(): boolean;
  /** Does work during which nothing notices a signal; undefined if it failed because of one. */
  unlessInterrupted<T>(work: () => T): Promise<T | undefined>;
  /** Stops listening. */
  stop(): void;
}

/**
 * Notes a signal, so that a command can stop between two pieces of work and print what it has. A
 * second signal ends the program at once.
 */
export function listenForInterrupt(): Interrupt {
  let came = false;
  const note = (): void => {
    came = true;
    stop();
  };
  const stop = (): void => {
    for (const signal of signals) process.removeListener(signal, note);
  };
  for (const signal of signals) process.on(signal, note);
  const unlessInterrupted = async <T>(work: () => T): Promise<T | undefined> => {
    try {
      return work();
    } catch (error) {
      // A terminal sends the signal also to a kernel that is just starting.
      await new Promise((resolve) => setImmediate(resolve));
      if (came) return undefined;
      throw error;
    }
  };
  return { came: () => came, unlessInterrupted, stop };
}

/** Prints how much of the work a signal left. */
export function printInterrupted({ line, paint }: Context, done: number, all: number): void {
  line(paint("warn", `interrupted after ${done} of ${all} scenarios`));
}
