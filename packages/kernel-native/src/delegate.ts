// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { NativeUnavailableError } from "./errors.js";
import { findExecutor } from "./executor-path.js";
import { firstObstacle, type HostEnvironment, readHostEnvironment } from "./probe.js";

export { NativeUnavailableError };

/** A program, and where it is to run. */
export interface DelegatedRun {
  /** The program, looked for in PATH, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Mount options as `delegate_cmds=map_create`, one value each; repeated ones add up. */
  readonly options: readonly string[];
  /** The directory that the BPF FS is mounted at. It must be there. Default `/sys/fs/bpf`. */
  readonly at?: string;
  /** Mask of the capabilities that the program holds in its user namespace. Default all. */
  readonly capabilities?: bigint;
  /** Environment of the program. Default that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called when everything is set up, before the program runs. */
  readonly onReady?: (state: DelegatedState) => void;
  /** A program to use in place of the bundled executor. */
  readonly executor?: string;
  /** The machine and this process, for those who know better. */
  readonly host?: HostEnvironment;
}

/** What was set up for a program, as the kernel tells it. */
export interface DelegatedState {
  /** The line of the BPF FS in the program's `/proc/self/mountinfo`. */
  readonly mount: string;
  /** What BPF_TOKEN_CREATE answers to the program: 0, or an error number. */
  readonly token: number;
}

/** A program could not be started in its place. */
export class DelegateError extends Error {
  override readonly name = "DelegateError" as const;
  /** What was tried, in the executor's word: `option`, `mount`, `exec`, … */
  readonly step: string;
  /** The kernel's answer. */
  readonly errno: number;
  /** What it was tried on: an option, a path, a program; empty for nothing in particular. */
  readonly subject: string;

  constructor(step: string, errno: number, subject: string) {
    super(`${step} ${subject}: error ${errno}`);
    this.step = step;
    this.errno = errno;
    this.subject = subject;
  }
}

/** Signals that somebody sends to this process and means for the program. */
const forwardedSignals = [
  ...["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"],
  ...["SIGALRM", "SIGWINCH", "SIGCONT"],
] as NodeJS.Signals[];

/** Of those, the ones that a terminal sends to all processes of its foreground group by itself. */
const terminalSignals: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGQUIT", "SIGWINCH"]);

const ALL_CAPABILITIES = 0xffff_ffff_ffff_ffffn;

/**
 * Runs a program in a user and a mount namespace of its own, where a BPF FS is mounted that
 * delegates: what a container manager does, without the container. Standard input, output and
 * error, the terminal, and signals are the program's.
 *
 * @returns the program's exit status, or 128 + N where signal N ended it.
 * @throws NativeUnavailableError where this machine or process cannot; DelegateError where the
 *   kernel refuses a step.
 */
export async function runDelegated(run: DelegatedRun): Promise<number> {
  const obstacle = firstObstacle(run.host ?? readHostEnvironment());
  if (obstacle !== undefined) throw new NativeUnavailableError(obstacle);
  const found = findExecutor(run.executor);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  let child: ChildProcess | undefined;
  // Before the program runs: a signal that comes at once is its own, too.
  const release = passSignals((signal) => child?.kill(signal));
  try {
    const started = spawn(found.path, argumentsOf(run), {
      stdio: ["inherit", "inherit", "inherit", "pipe"],
      env: { ...(run.env ?? process.env) },
    });
    child = started;
    return await new Promise((resolve, reject) => {
      const output = collectOutput(started.stdio[3] as Duplex, run.onReady);
      started.on("error", ({ message }) => {
        reject(new NativeUnavailableError(`the executor does not run: ${message}`));
      });
      started.on("close", (code, signal) => {
        const failure = readFailure(output.text);
        if (failure !== undefined) reject(failure);
        else resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
      });
    });
  } finally {
    release();
  }
}

function argumentsOf(run: DelegatedRun): readonly string[] {
  const caps = run.capabilities ?? ALL_CAPABILITIES;
  const hold = run.onReady === undefined ? "0" : "1";
  const head = ["delegate", run.at ?? "/sys/fs/bpf", `0x${caps.toString(16)}`, hold];
  return [...head, ...run.options, "--", ...run.command];
}

/** Collects what the executor says, and lets it go on when everything is set up. */
function collectOutput(line: Duplex, onReady: DelegatedRun["onReady"]): { text: string } {
  const output = { text: "" };
  // Reset by a program that ended before it was let go: its end says more.
  line.on("error", () => {});
  line.on("data", (bytes: Buffer) => {
    const before = output.text;
    output.text += bytes.toString();
    if (before.includes("\ngo\n") || !output.text.includes("\ngo\n")) return;
    const value = (name: string): string =>
      new RegExp(`^${name} (.*)$`, "m").exec(output.text)?.[1] ?? "";
    onReady?.({ mount: value("mount"), token: Number(value("token")) });
    line.write("1");
  });
  return output;
}

function readFailure(text: string): DelegateError | undefined {
  const failure = /^fail (\w+) (\d+) (.*)\n$/ms.exec(text);
  if (failure === null) return undefined;
  const [, step = "", errno, subject = ""] = failure;
  return new DelegateError(step, Number(errno), subject === "-" ? "" : subject);
}

/**
 * Hands on what is sent to this process. What the terminal sends, it sends to the program as well,
 * which is in the same group: that is not doubled.
 */
function passSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const listeners = forwardedSignals.map((signal) => {
    const listener = (): void => {
      if (!terminalSignals.has(signal) || !inForeground()) send(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const release of listeners) release();
  };
}

/** Whether a terminal sends its signals to the group of this process. */
function inForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
