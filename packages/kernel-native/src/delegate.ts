// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { DelegateError, readFailure } from "./delegate-error.js";
import { NativeUnavailableError } from "./errors.js";
import { findExecutor } from "./executor-path.js";
import { firstObstacle, type HostEnvironment, readHostEnvironment } from "./probe.js";

export { findHook } from "./hook-path.js";
export type { Found } from "./prebuilt.js";
export { DelegateError, NativeUnavailableError };

/** A program, and the namespaces and bpffs to run it in. */
export interface DelegatedRun {
  /** The program, which is searched in PATH, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /**
   * Mount options such as `delegate_cmds=map_create`, each with one value; repeated options add up.
   */
  readonly options: readonly string[];
  /** The mount point of the BPF filesystem. The directory must exist. Default `/sys/fs/bpf`. */
  readonly at?: string;
  /** Mask of the capabilities that the program has in its user namespace. Default all. */
  readonly capabilities?: bigint;
  /** Environment of the program. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called after the setup, before the program runs. */
  readonly onReady?: (state: DelegatedState) => void;
  /** An executor to use in place of the bundled one. */
  readonly executor?: string;
  /** Describes the host and this process, for tests. Default: read from the system. */
  readonly host?: HostEnvironment;
}

/** The setup of a program, as the kernel reports it. */
export interface DelegatedState {
  /** The line of the BPF filesystem in the program's `/proc/self/mountinfo`. */
  readonly mount: string;
  /** The answer of BPF_TOKEN_CREATE to the program: 0, or a positive errno. */
  readonly token: number;
}

/** Signals to this process that are forwarded to the program. */
const forwardedSignals = [
  ...["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"],
  ...["SIGALRM", "SIGWINCH", "SIGCONT"],
] as NodeJS.Signals[];

/** The signals that a terminal itself sends to its whole foreground process group. */
const terminalSignals: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGQUIT", "SIGWINCH"]);

const ALL_CAPABILITIES = 0xffff_ffff_ffff_ffffn;

/**
 * Runs a program in its own user and mount namespace with a mounted bpffs that has delegate
 * options. A container manager does the same for a container.
 *
 * The program gets standard input, output and error, the terminal, and the signals of this process.
 *
 * @returns the program's exit status, or 128 + N if signal N ended it.
 * @throws NativeUnavailableError if this host or process cannot run it; DelegateError if the kernel
 *   refuses a step.
 * @example
 * ```ts
 * const status = await runDelegated({ command: ["my-loader"], options: ["delegate_cmds=any"] });
 * ```
 */
export async function runDelegated(run: DelegatedRun): Promise<number> {
  const obstacle = firstObstacle(run.host ?? readHostEnvironment());
  if (obstacle !== undefined) throw new NativeUnavailableError(obstacle);
  const found = findExecutor(run.executor);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  let child: ChildProcess | undefined;
  // Listen before the program runs, so that an early signal reaches it too.
  const release = passSignals((signal) => child?.kill(signal));
  try {
    const started = spawn(found.path, argumentsOf(run), {
      stdio: ["inherit", "inherit", "inherit", "pipe"],
      env: { ...(run.env ?? process.env) },
    });
    child = started;
    return await new Promise((resolve, reject) => {
      started.on("error", ({ message }) => {
        reject(new NativeUnavailableError(`the executor does not run: ${message}`));
      });
      // Without a process there are no pipes, and the error follows.
      if (started.pid === undefined) return;
      const output = collectOutput(started.stdio[3] as Duplex, run.onReady);
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

/** Collects the executor's output, and lets it continue after the setup. */
function collectOutput(line: Duplex, onReady: DelegatedRun["onReady"]): { text: string } {
  const output = { text: "" };
  // A program that ended early resets the line. Its exit status has the reason.
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

/**
 * Forwards signals of this process. The terminal sends its signals to the program too, because it
 * is in the same process group, so they are not forwarded.
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

/** Returns whether a terminal sends its signals to the group of this process. */
function inForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
