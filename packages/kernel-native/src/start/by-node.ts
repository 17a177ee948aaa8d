// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeUnavailableError } from "../errors.js";
import { hasEnded, pause, type StartedProgram } from "./started-program.js";

/**
 * Checking whether the process lives costs more than opening a file, so only every sixteenth poll
 * checks.
 */
const LIFE_EVERY = 16;

/**
 * Starts a program that creates two FIFOs in a temporary folder and opens its ends, because Node
 * cannot create FIFOs. Used if the addon is not available.
 *
 * Our ends are opened in one direction only, so the program sees when this process is gone.
 *
 * @param until - when to give up, on the clock of `performance`.
 * @throws NativeUnavailableError if the program creates no FIFOs.
 */
export function startByNode(
  program: string,
  args: readonly string[],
  until: number,
): StartedProgram {
  const folder = temporaryFolder();
  const child = spawn(program, ["line", folder, ...args], { stdio: "ignore", cwd: "/" });
  // The missing pid shows the error.
  child.on("error", () => {});
  // The executor must not keep Node alive: when Node ends, so does the executor.
  child.unref();
  const fds: number[] = [];
  const open = (name: string, flags: string | number): number => {
    const fd = openSync(join(folder, name), flags);
    fds.push(fd);
    return fd;
  };
  const tidy = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const { pid } = child;
    if (pid === undefined) throw new NativeUnavailableError(`${program} cannot be started`);
    const early = openFirst(open, { program, folder, pid, until });
    // Opening both FIFOs in both directions keeps the following opens from waiting for the program.
    const [requests, replies] = [open("requests", "r+"), open("replies", "r+")];
    const ends = { out: open("requests", "w"), in: open("replies", "r") };
    closeSync(requests);
    closeSync(replies);
    // Node reaps its own children.
    return { ...ends, pid, early, taken: false, tidy, kill: () => kill(child), reap: () => {} };
  } catch (error) {
    for (const fd of fds) closeSync(fd);
    tidy();
    kill(child);
    throw error;
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "bpf-exec-"));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = `no temporary folder can be created in ${tmpdir()} (${code})`;
    throw new NativeUnavailableError(`${why}. Fix: set TMPDIR to a folder that you can write`, {
      cause,
    });
  }
}

interface Awaited {
  readonly program: string;
  readonly folder: string;
  readonly pid: number;
  readonly until: number;
}

function openFirst(
  open: (name: string, flags: number) => number,
  { program, folder, pid, until }: Awaited,
): number {
  for (let looks = 1, dead = false; ; looks++) {
    try {
      // The program creates this FIFO last.
      return open("replies", constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    // The program had ended before the last attempt to open the FIFO.
    if (dead) throw new NativeUnavailableError(`${program} created no pipes in ${folder}`);
    if (performance.now() > until) {
      throw new NativeUnavailableError(`${program} was started but sends nothing`);
    }
    pause();
    dead = looks % LIFE_EVERY === 0 && hasEnded(pid);
  }
}

function kill(child: ChildProcess): void {
  // A program that was never started has no pid; pid 0 would kill our process group.
  if (child.pid !== undefined) child.kill("SIGKILL");
}
