// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { beforeExit } from "./lifetime.js";

/** What a program may use. If it uses more, it is killed with all its children. */
export interface ProgramLimits {
  readonly seconds: number;
  /** Maximum number of bytes that it prints on both streams together. */
  readonly output: number;
  /** Maximum size of its address space, where the system has such a limit. */
  readonly bytes?: number;
  /** Maximum size of each file that it writes. */
  readonly file?: number;
}

/** Options of {@link runProgram}. */
export interface ProgramOptions {
  readonly limits: ProgramLimits;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Its standard input. Default: none. */
  readonly input?: string | Readable;
}

/** The result of a program run. */
export interface ProgramResult {
  readonly ok: boolean;
  /** The output of both streams, interleaved. If the program cannot be started, the reason. */
  readonly log: string;
  readonly stdout: Buffer;
  /** The limit that it exceeded, as the end of a sentence about the program. */
  readonly exceeded: string | undefined;
}

/** Runs a program and waits for it. It ends with this process, and its children end with it. */
export function runProgram(
  program: string,
  args: readonly string[],
  { limits, cwd, env, input }: ProgramOptions,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const [command, words] = limited(program, args, limits);
    // A process group of its own, so that a signal reaches all processes of it.
    const child = spawn(command, words, {
      cwd,
      env,
      detached: process.platform !== "win32",
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let exceeded: string | undefined;
    const kill = (): void => killGroup(child.pid);
    const end = (what: string): void => {
      exceeded ??= what;
      kill();
    };
    const output = new Output(limits.output, () =>
      end(`printed more than ${sizeText(limits.output)}`),
    );
    child.stdout?.on("data", (bytes: Buffer) => output.add(bytes, true));
    child.stderr?.on("data", (bytes: Buffer) => output.add(bytes, false));
    const timer = setTimeout(
      () => end(`did not answer within ${limits.seconds} s`),
      limits.seconds * 1000,
    );
    const forget = beforeExit(kill);
    const done = (ok: boolean, log: string): void => {
      clearTimeout(timer);
      forget();
      resolve({ ok: ok && exceeded === undefined, log, stdout: output.stdout, exceeded });
    };
    child.on("error", (cause) => done(false, `${program}: ${cause.message}`));
    child.on("close", (code, signal) => {
      exceeded ??= exceededBy(code, signal, limits);
      // The shell ends with 127 if there is no such program.
      const log = code === 127 ? `${program} cannot be run` : output.log;
      done(code === 0, log);
    });
    if (child.stdin !== null && input !== undefined) feed(child.stdin, input);
  });
}

/** Collects what a program prints, up to a limit. */
class Output {
  readonly #most: number;
  readonly #onMore: () => void;
  readonly #both: Buffer[] = [];
  readonly #stdout: Buffer[] = [];
  #size = 0;

  constructor(most: number, onMore: () => void) {
    this.#most = most;
    this.#onMore = onMore;
  }

  add(bytes: Buffer, isStdout: boolean): void {
    this.#size += bytes.length;
    if (this.#size > this.#most) {
      this.#onMore();
      return;
    }
    this.#both.push(bytes);
    if (isStdout) this.#stdout.push(bytes);
  }

  get log(): string {
    return Buffer.concat(this.#both).toString();
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#stdout);
  }
}

/**
 * Runs a program as a filter and returns what it prints. It is killed when the caller stops reading.
 *
 * @throws Error if the program fails or exceeds its time.
 */
export async function* filterThrough(
  [program = "", ...args]: readonly string[],
  input: Readable,
  limits: ProgramLimits,
): AsyncGenerator<Buffer> {
  const [command, words] = limited(program, args, limits);
  const child = spawn(command, words, { detached: process.platform !== "win32" });
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", resolve);
    child.on("error", () => resolve(127));
  });
  const kill = (): void => killGroup(child.pid);
  let exceeded: string | undefined;
  const timer = setTimeout(() => {
    exceeded = `did not end within ${limits.seconds} s`;
    kill();
  }, limits.seconds * 1000);
  const forget = beforeExit(kill);
  const errors = new Output(1 << 16, kill);
  child.stderr.on("data", (bytes: Buffer) => errors.add(bytes, false));
  feed(child.stdin, input);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const code = await ended;
    if (exceeded !== undefined) throw new Error(`${program} ${exceeded}`);
    if (code === 127)
      throw new Error(`${program} cannot be run. Fix: unpack it and name the folder`);
    if (code !== 0) throw new Error(errors.log.split("\n")[0] || `${program} failed`);
  } finally {
    kill();
    input.destroy();
    clearTimeout(timer);
    forget();
  }
}

/** A program may end before it has read all its input. */
function feed(stdin: NodeJS.WritableStream, input: string | Readable): void {
  stdin.on("error", () => {});
  if (typeof input === "string") stdin.end(input);
  else input.pipe(stdin);
}

/** With setpriv of util-linux the program also ends if this process is killed. */
const START = `if setpriv --pdeathsig KILL true 2>/dev/null
then exec setpriv --pdeathsig KILL -- "$0" "$@"
else exec "$0" "$@"
fi`;

/** What a program exceeded that the system ended with a signal; a shell adds 128 to the number. */
function exceededBy(
  code: number | null,
  signal: NodeJS.Signals | null,
  { seconds, file }: ProgramLimits,
): string | undefined {
  const { SIGXCPU, SIGXFSZ } = constants.signals;
  const number = signal === null ? (code ?? 0) - 128 : constants.signals[signal];
  if (number === SIGXCPU) return `used more than ${seconds} s of CPU time`;
  if (number === SIGXFSZ && file !== undefined) return `wrote more than ${sizeText(file)}`;
  return undefined;
}

/**
 * Sets the limits of the system. The limit of CPU time also ends a program whose parent was killed
 * and could not end it.
 */
function limited(
  program: string,
  args: readonly string[],
  { seconds, bytes, file }: ProgramLimits,
): readonly [string, readonly string[]] {
  if (process.platform === "win32") return [program, args];
  // Not every system has each of them, and a lower limit may be set already.
  const memory = bytes === undefined ? [] : [`-v ${bytes / 1024}`];
  const size = file === undefined ? [] : [`-f ${file / 512}`];
  const commands = [`-t ${Math.ceil(seconds)}`, "-c 0", ...memory, ...size].map(
    (limit) => `ulimit ${limit} 2>/dev/null;`,
  );
  return ["/bin/sh", ["-c", `${commands.join(" ")} ${START}`, program, ...args]];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    // It ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Formats a number of bytes, rounded down to whole MiB from 1 MiB on. */
export function sizeText(bytes: number): string {
  return bytes < 1 << 20 ? `${bytes} bytes` : `${Math.floor(bytes / (1 << 20))} MiB`;
}

/** Returns the output of a program; undefined if it fails or does not exist. */
export function outputOf(program: string, args: readonly string[]): Buffer | undefined {
  const run = spawnSync(program, args, {
    maxBuffer: 1 << 20,
    timeout: 20_000,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return run.error === undefined && run.status === 0 ? run.stdout : undefined;
}
