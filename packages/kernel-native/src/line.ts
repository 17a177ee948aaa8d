// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeUnavailableError } from "./errors.js";

const LOOK_MS = 0.1;
/** A process that ended is looked for in every so manieth look. */
const LIFE_EVERY = 16;
const END_MS = 5_000;

/**
 * Two FIFOs and a program on their far ends. The program makes them, since Node cannot, in a folder of
 * ours, and takes its ends; until it has said its first word nothing here waits for it without a limit.
 *
 * Each end is opened one-way, so that none of ours keeps the other side from seeing that we are gone.
 */
export class Line {
  readonly out: number;
  readonly in: number;
  /** Process id of the program. */
  readonly pid: number;
  /** The same pipe as {@link Line.in}, for reads that do not wait. */
  readonly #early: number;
  readonly #until: number;
  readonly #name: string;
  readonly #program: ChildProcess;
  readonly #folder: string;
  #taken = false;
  #looks = 0;

  /** @throws NativeUnavailableError if the program makes no pipes within `startMs` milliseconds. */
  constructor(program: string, args: readonly string[], startMs: number) {
    this.#name = program;
    this.#until = performance.now() + startMs;
    this.#folder = mkdtempSync(join(tmpdir(), "bpf-exec-"));
    this.#program = start(program, ["line", this.#folder, ...args]);
    const fds: number[] = [];
    const open = (name: string, flags: string | number): number => {
      const fd = openSync(join(this.#folder, name), flags);
      fds.push(fd);
      return fd;
    };
    try {
      const { pid } = this.#program;
      if (pid === undefined) throw new NativeUnavailableError(`${program} cannot be started`);
      this.pid = pid;
      this.#early = this.#openFirst(open);
      // Two-way openings, closed again at once, keep the one-way ones from waiting for the program.
      const [requests, replies] = [open("requests", "r+"), open("replies", "r+")];
      this.out = open("requests", "w");
      this.in = open("replies", "r");
      closeSync(requests);
      closeSync(replies);
    } catch (error) {
      for (const fd of fds) closeSync(fd);
      this.#stop();
      throw error;
    }
  }

  /**
   * Reads what has been said so far, and waits for a word if there is none.
   *
   * @returns the bytes read; 0 when the program is gone.
   * @throws NativeUnavailableError when it is too late for a first word.
   */
  readEarly(buffer: Buffer, at: number): number {
    for (;;) {
      const n = glance(this.#early, buffer, at);
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
      this.#wait();
    }
  }

  /** To be called once the program has said who it is: from now on reads may wait for it. */
  ready(): void {
    closeSync(this.#early);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * In place of {@link Line.ready}: ends the program, and gives it a while to clean up after itself.
   * Who says nothing will not do what it is told either.
   */
  abandon(): void {
    closeSync(this.out);
    if (performance.now() > this.#until) this.#kill();
    const until = performance.now() + END_MS;
    const rest = Buffer.alloc(4096);
    while (performance.now() < until && glance(this.#early, rest, 0) !== "nobody") pause();
    closeSync(this.#early);
    closeSync(this.in);
    this.#stop();
  }

  #openFirst(open: (name: string, flags: number) => number): number {
    for (let dead = false; ; dead = this.#isDead()) {
      try {
        // The program makes this pipe after the other one.
        return open("replies", constants.O_RDONLY | constants.O_NONBLOCK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
      // It had ended before that look already.
      if (dead) throw new NativeUnavailableError(`${this.#name} made no pipes in ${this.#folder}`);
      this.#wait();
    }
  }

  #wait(): void {
    if (performance.now() > this.#until) {
      throw new NativeUnavailableError(`${this.#name} was started and says nothing`);
    }
    pause();
  }

  /** Whether the program has ended. Looks only now and then, since that costs more than a look at a pipe. */
  #isDead(): boolean {
    this.#looks += 1;
    if (this.#looks % LIFE_EVERY !== 0) return false;
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, "latin1");
      return /^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
    } catch {
      return true;
    }
  }

  #stop(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    this.#kill();
  }

  #kill(): void {
    // One that was never started has the number 0, and that means everybody of this group.
    if (this.#program.pid !== undefined) this.#program.kill("SIGKILL");
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

const never = new Int32Array(new SharedArrayBuffer(4));

function pause(): void {
  Atomics.wait(never, 0, 0, LOOK_MS);
}

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: "ignore", cwd: "/" });
  // Told by the missing pid.
  child.on("error", () => {});
  // The executor must not keep Node alive: when Node ends, so does the executor.
  child.unref();
  return child;
}
