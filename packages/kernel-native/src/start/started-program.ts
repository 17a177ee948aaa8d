// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

/** A program that was started, and our ends of two pipes to it. */
export interface StartedProgram {
  /** Process id of the program. */
  readonly pid: number;
  /** What it reads. */
  readonly out: number;
  /** What it says. */
  readonly in: number;
  /** The same pipe as `in`, for reads that do not wait. */
  readonly early: number;
  /** Whether the program surely has its ends: before, the pipe looks as if it were gone. */
  readonly taken: boolean;
  /** Removes what was needed for the start alone. */
  tidy(): void;
  kill(): void;
  /** Takes note of the program's end, which came or is about to come. */
  reap(): void;
}

const LOOK_MS = 0.1;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits for a moment. */
export function pause(): void {
  Atomics.wait(never, 0, 0, LOOK_MS);
}

/** Whether a process has ended, noted or not. */
export function hasEnded(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return true;
  }
}
