// SPDX-License-Identifier: MIT
import { closeSync, readSync } from "node:fs";
import { NativeUnavailableError } from "./errors.js";
import type { Addon } from "./process/addon.js";
import { startByAddon, starter } from "./start/by-addon.js";
import { startByNode } from "./start/by-node.js";
import { hasEnded, pause, type StartedProgram } from "./start/started-program.js";

/** A process that ended is looked for in every sixteenth look: that costs more than one at a pipe. */
const LIFE_EVERY = 16;
const END_MS = 5_000;

/**
 * A program and two pipes to it. Until it has said its first word nothing here waits for it without a
 * limit.
 */
export class Line {
  readonly #started: StartedProgram;
  readonly #until: number;
  readonly #name: string;
  #taken: boolean;
  #looks = 0;

  /**
   * @param by - what starts it; default the addon, if there is one, else Node.
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

  /** What the program reads. */
  get out(): number {
    return this.#started.out;
  }

  /** What it says. */
  get in(): number {
    return this.#started.in;
  }

  /** Process id of the program. */
  get pid(): number {
    return this.#started.pid;
  }

  /**
   * Reads what has been said so far, and waits for a word if there is none.
   *
   * @returns the bytes read; 0 when the program is gone.
   * @throws NativeUnavailableError when it is too late for a first word.
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
      // Before the program has taken its end, the pipe looks as if it were gone; and it may have said
      // something since that look, and ended.
      if (n === "nobody" && this.#isDead()) {
        this.#taken = true;
        continue;
      }
      if (performance.now() > this.#until) {
        throw new NativeUnavailableError(`${this.#name} was started and says nothing`);
      }
      pause();
    }
  }

  /** To be called once the program has said who it is: from now on reads may wait for it. */
  ready(): void {
    closeSync(this.#started.early);
    this.#started.tidy();
  }

  /**
   * In place of {@link Line.ready}: ends the program, and gives it a while to clean up after itself.
   * Who says nothing will not do what it is told either.
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

  /** To be called when the line has ended: then the program has as good as ended, too. */
  reap(): void {
    this.#started.reap();
  }

  #isDead(): boolean {
    this.#looks += 1;
    return this.#looks % LIFE_EVERY === 0 && hasEnded(this.pid);
  }
}

/** What a look at a pipe finds: how many bytes it read, or that there are none. */
function glance(fd: number, buffer: Buffer, at: number): number | "nothing yet" | "nobody" {
  try {
    return readSync(fd, buffer, at, buffer.length - at, null) || "nobody";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "nothing yet";
    throw error;
  }
}
