// SPDX-License-Identifier: MIT
import { closeSync, readSync } from "node:fs";
import { NativeUnavailableError } from "./errors.js";
import type { Addon } from "./process/addon.js";
import { startByAddon, starter } from "./start/by-addon.js";
import { startByNode } from "./start/by-node.js";
import { hasEnded, pause, type StartedProgram } from "./start/started-program.js";

/**
 * Checking whether the process lives costs more than reading a pipe, so only every sixteenth poll
 * checks.
 */
const LIFE_EVERY = 16;
const END_MS = 5_000;

/**
 * A program and two pipes to it. Until the program has sent its first bytes, no read blocks without
 * a limit.
 */
export class Line {
  readonly #started: StartedProgram;
  readonly #until: number;
  readonly #name: string;
  #taken: boolean;
  #looks = 0;

  /**
   * Starts the program.
   *
   * @param by - starts it. Default: the addon if it is available, otherwise Node.
   * @throws NativeUnavailableError if the program cannot be started within `startMs` milliseconds.
   */
  constructor(
    program: string,
    args: readonly string[],
    startMs: number,
    by: Addon | "node" = starter() ?? "node",
  ) {
    this.#name = program;
    this.#until = performance.now() + startMs;
    this.#started =
      by === "node" ? startByNode(program, args, this.#until) : startByAddon(by, program, args);
    this.#taken = this.#started.taken;
  }

  /** The pipe that the program reads. */
  get out(): number {
    return this.#started.out;
  }

  /** The pipe that the program writes. */
  get in(): number {
    return this.#started.in;
  }

  /** Process id of the program. */
  get pid(): number {
    return this.#started.pid;
  }

  /**
   * Reads the available bytes, or waits for the first ones.
   *
   * @returns the number of bytes read; 0 if the program is gone.
   * @throws NativeUnavailableError if the time for the first bytes has passed.
   */
  readEarly(buffer: Buffer, at: number): number {
    for (;;) {
      const n = glance(this.#started.early, buffer, at);
      if (typeof n === "number") {
        this.#taken = true;
        return n;
      }
      if (n === "nobody" && this.#taken) return 0;
      if (n === "nothing yet") this.#taken = true;
      // Before the program opens its end, the pipe reads as closed. The program may also have
      // written and ended since the last read, so read once more.
      if (n === "nobody" && this.#isDead()) {
        this.#taken = true;
        continue;
      }
      if (performance.now() > this.#until) {
        throw new NativeUnavailableError(`${this.#name} was started but sends nothing`);
      }
      pause();
    }
  }

  /** Call this when the greeting has arrived. Later reads may block. */
  ready(): void {
    closeSync(this.#started.early);
    this.#started.tidy();
  }

  /**
   * Call this instead of {@link Line.ready} to end the program. It gets some time to clean up,
   * except if it never sent anything.
   */
  abandon(): void {
    const { early, kill } = this.#started;
    closeSync(this.out);
    if (performance.now() > this.#until) kill();
    const until = performance.now() + END_MS;
    const rest = Buffer.alloc(4096);
    while (performance.now() < until && glance(early, rest, 0) !== "nobody") pause();
    closeSync(early);
    closeSync(this.in);
    this.#started.tidy();
    kill();
    this.reap();
  }

  /** Call this after the line is closed; the program has ended or is about to end. */
  reap(): void {
    this.#started.reap();
  }

  #isDead(): boolean {
    this.#looks += 1;
    return this.#looks % LIFE_EVERY === 0 && hasEnded(this.pid);
  }
}

/** The result of a non-blocking read: the number of bytes, or why there are none. */
function glance(fd: number, buffer: Buffer, at: number): number | "nothing yet" | "nobody" {
  try {
    return readSync(fd, buffer, at, buffer.length - at, null) || "nobody";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "nothing yet";
    throw error;
  }
}
