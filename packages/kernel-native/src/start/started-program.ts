// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** A program that was started, and our ends of two pipes to it. */
export interface StartedProgram {
  /** Process id of the program. */
  readonly pid: number;
  /** The pipe that the program reads. */
  readonly out: number;
  /** The pipe that the program writes. */
  readonly in: number;
  /** The same pipe as `in`, opened non-blocking. */
  readonly early: number;
  /** Whether the program certainly has its ends. Before that, the pipe reads as closed. */
  readonly taken: boolean;
  /** Removes what only the start needed. */
  tidy(): void;
  kill(): void;
  /** Reaps the program, which has ended or is about to end. */
  reap(): void;
}

const LOOK_MS = 0.1;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits for 0.1 ms. */
export function pause(): void {
  Atomics.wait(never, 0, 0, LOOK_MS);
}

/** Returns whether a process has ended, including zombies. */
export function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return true;
  }
}
