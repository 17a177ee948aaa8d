// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { NativeUnavailableError } from "./errors.js";
import { type NativeProgram, nativeProgram } from "./native-program.js";

export { type NativeProgram, NativeUnavailableError, nativeProgram };

/** What to record. */
export interface Recording {
  /** A program to run, which is searched in PATH, and its arguments. */
  readonly command?: readonly [string, ...string[]];
  /** The id of a running process to follow, in place of a program. */
  readonly pid?: number;
  /** Called for each line of the recording, without its line break. */
  readonly onLine: (line: string) => void;
  /** Environment of the program. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Ends the recording of a running process, which continues. With it, the caller handles the signals that
   * this process gets, because many recordings may run at the same time.
   */
  readonly signal?: AbortSignal;
}

/**
 * Records the calls of a program and its children, or of a running process, that decide about BPF
 * tokens. The program gets standard input, output and error of this process.
 *
 * @returns the program's exit status, or 128 + N if signal N ended it; 126 or 127 if it cannot be
 *   executed; 3 if it is a program of another architecture; for a running process 0, or 3 if it cannot
 *   be followed.
 * @throws NativeUnavailableError if the recorder is not built or cannot be run.
 * @example
 * ```ts
 * const lines: string[] = [];
 * await record({ command: ["bpftool", "prog", "load", "x.o", "/sys/fs/bpf/x"], onLine: (line) => lines.push(line) });
 * ```
 */
export async function record(recording: Recording): Promise<number> {
  const { command, pid, onLine, env, signal } = recording;
  const program = nativeProgram("bpf-token-record");
  const what = command === undefined ? ["--pid", String(pid)] : ["--", ...command];
  const child = spawn(program, ["--fd", "3", ...what], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...(env ?? process.env) },
  });
  const stop = (): void => void child.kill("SIGINT");
  signal?.addEventListener("abort", stop);
  if (signal?.aborted === true) stop();
  const release = signal === undefined ? passSignals(child, command !== undefined) : () => {};
  try {
    return await new Promise((resolve, reject) => {
      splitLines(child.stdio[3] as Duplex, onLine, reject);
      child.on("error", ({ message }) =>
        reject(new NativeUnavailableError(`the recorder does not run: ${message}`)),
      );
      child.on("close", (code, signal) =>
        resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]),
      );
    });
  } finally {
    release();
    signal?.removeEventListener("abort", stop);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

function splitLines(
  stream: Duplex,
  onLine: (line: string) => void,
  onError: (error: unknown) => void,
): void {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  stream.on("error", () => {});
  stream.on("data", (bytes: Buffer) => {
    try {
      const [first = "", ...more] = decoder.decode(bytes, { stream: true }).split("\n");
      parts.push(first);
      for (const next of more) {
        onLine(parts.join(""));
        parts = [next];
      }
    } catch (error) {
      onError(error);
    }
  });
}

/**
 * Keeps this process alive until the recorder ends. The terminal sends SIGINT and SIGQUIT to the
 * program and the recorder too; SIGTERM and SIGHUP end the recorder, and with it its program.
 */
function passSignals(child: ChildProcess, hasProgram: boolean): () => void {
  const forwarded = ["SIGTERM", "SIGHUP"] as const;
  const own = ["SIGINT", "SIGQUIT"] as const;
  const listeners = [...forwarded, ...own].map((signal) => {
    const listener = (): void => {
      if (!hasProgram || signal === "SIGTERM" || signal === "SIGHUP") child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}
