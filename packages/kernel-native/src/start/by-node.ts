// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeUnavailableError } from "../errors.js";
import { hasEnded, pause, type StartedProgram } from "./started-program.js";

/** A process that ended is looked for in every sixteenth look: that costs more than one at a file. */
const LIFE_EVERY = 16;

/**
 * Starts a program and tells it to make two FIFOs, since Node cannot, in a folder of ours, and to take
 * its ends of them: for where there is no addon.
 *
 * Each end is opened one-way, so that none of ours keeps the other side from seeing that we are gone.
 *
 * @param until - when it is too late for the pipes, by the clock of `performance`.
 * @throws NativeUnavailableError if the program makes none.
 */
export function startByNode(
  program: string,
  args: readonly string[],
  until: number,
): StartedProgram {
  const folder = mkdtempSync(join(tmpdir(), "bpf-exec-"));
  const child = spawn(program, ["line", folder, ...args], { stdio: "ignore", cwd: "/" });
  // Told by the missing pid.
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
    // Two-way openings, closed again at once, keep the one-way ones from waiting for the program.
    const [requests, replies] = [open("requests", "r+"), open("replies", "r+")];
    const ends = { out: open("requests", "w"), in: open("replies", "r") };
    closeSync(requests);
    closeSync(replies);
    // Node itself notes the end of what it has started.
    return { ...ends, pid, early, taken: false, tidy, kill: () => kill(child), reap: () => {} };
  } catch (error) {
    for (const fd of fds) closeSync(fd);
    tidy();
    kill(child);
    throw error;
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
      // The program makes this pipe after the other one.
      return open("replies", constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    // It had ended before that look already.
    if (dead) throw new NativeUnavailableError(`${program} made no pipes in ${folder}`);
    if (performance.now() > until) {
      throw new NativeUnavailableError(`${program} was started and says nothing`);
    }
    pause();
    dead = looks % LIFE_EVERY === 0 && hasEnded(pid);
  }
}

function kill(child: ChildProcess): void {
  // One that was never started has the number 0, and that means everybody of this group.
  if (child.pid !== undefined) child.kill("SIGKILL");
}
