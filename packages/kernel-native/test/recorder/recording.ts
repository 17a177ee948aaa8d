// SPDX-License-Identifier: MIT
// Records the calls of a script, see ../fixtures/caller.c, and shows the recording as short texts.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, vi } from "vitest";
import { prebuilt } from "../../src/prebuilt.ts";

export const recorder: string = prebuilt(`linux-${process.arch}/bpf-token-record`);
const source = fileURLToPath(new URL("../fixtures/caller.c", import.meta.url));

const hasCompiler = spawnSync("cc", ["--version"]).status === 0;

/** The numbers of system calls on x86-64. */
export const nr = {
  ...{ read: 0, write: 1, open: 2, close: 3, dup: 32, dup2: 33, getpid: 39, socketpair: 53 },
  ...{ sendmsg: 46, recvmsg: 47, fcntl: 72, prctl: 157, setrlimit: 160, chroot: 161, mount: 165 },
  ...{ umount2: 166, openat: 257, unshare: 272, eventfd2: 290, dup3: 292, pipe2: 293, setns: 308 },
  ...{
    setuid: 105,
    process_vm_readv: 310,
    capset: 126,
    pivot_root: 155,
    seccomp: 317,
    memfd_create: 319,
    bpf: 321,
  },
  ...{ move_mount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433, pidfd_open: 434 },
  ...{ close_range: 436, openat2: 437, pidfd_getfd: 438, mkdir: 83, chdir: 80, kill: 62 },
} as const;

export interface Line {
  readonly type: string;
  readonly pid: number;
  readonly name?: string;
  readonly args?: readonly string[];
  readonly memory?: readonly (readonly [string, string | null])[];
  readonly result?: number;
  readonly fd?: number;
  readonly file?: { readonly kind: string; readonly root?: boolean; readonly fdinfo?: string };
  readonly fds?: readonly number[];
  readonly seccomp?: boolean;
  readonly log?: string;
}

export interface Recorded {
  readonly status: number | null;
  readonly stderr: string;
  readonly lines: readonly Line[];
}

export interface RecordOptions {
  /** Words before the recorder, such as `unshare --mount`. */
  readonly under?: readonly string[];
  /** The command, in place of the script. */
  readonly command?: readonly string[];
}

/** Statements that create an array map with the number 3 or another one, and its name. */
export function createMap(name = "map", type = 2): readonly string[] {
  const words = [type, 4, 4, 1].map((value, i) => `put m ${4 * i} 4 ${value}`);
  return ["mem m 80", ...words, `${name} = ${nr.bpf} 0 $m 80`];
}

/** A text with its NUL in memory. */
export const text = (name: string, value: string): readonly string[] => [
  `mem ${name} ${Buffer.byteLength(value) + 1}`,
  ...(value === "" ? [] : [`text ${name} 0 ${value}`]),
];

/** Statements that install filters: the program gets EPERM for one call, and may make others. */
export function denying(denied: number, count = 1): readonly string[] {
  const insns = [
    ...[
      [0x20, 0, 0, 0],
      [0x15, 0, 1, denied],
      [0x06, 0, 0, 0x50001],
      [0x06, 0, 0, 0x7fff0000],
    ],
  ];
  const puts = insns.flatMap(([code, yes, no, k], i) => [
    ...[`put f ${8 * i} 2 ${code}`, `put f ${8 * i + 2} 1 ${yes}`, `put f ${8 * i + 3} 1 ${no}`],
    `put f ${8 * i + 4} 4 ${k}`,
  ]);
  const install = Array.from({ length: count }, () => `r = ${nr.prctl} 22 2 $g`);
  const program = ["mem g 16", "put g 0 2 4", "put g 8 8 $f"];
  return ["mem f 32", ...puts, ...program, `r = ${nr.prctl} 38 1`, ...install];
}

export interface Recorder {
  readonly file: (name: string) => string;
  record(script: readonly string[], options?: RecordOptions): Recorded;
  /** Follows a script that has the statement `ready`, from there until its end. */
  follow(
    script: readonly string[],
    under?: readonly string[],
    tracer?: readonly string[],
  ): Promise<Recorded>;
}

/** Compiles the program before the tests of a suite. */
export function useRecorder(): Recorder {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "recording-"));
    if (!hasCompiler) return;
    const words = ["-static", "-O1", "-Wall", "-pthread", "-o", join(folder, "caller"), source];
    const made = spawnSync("cc", words, { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach((context) => {
    if (!hasCompiler) context.skip("there is no C compiler");
    if (process.arch !== "x64") context.skip("the scripts have the numbers of x86-64");
  });
  const file = (name: string): string => join(folder, name);

  function record(script: readonly string[], { under = [], command }: RecordOptions = {}) {
    rmSync(file("out"), { force: true });
    const words = [...under, recorder, "-o", file("out"), "--"];
    const [first = "", ...rest] = [...words, ...(command ?? [file("caller"), ...script])];
    const { status, stderr, error } = spawnSync(first, rest, {
      ...{ encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL", input: "" },
    });
    expect(error).toBeUndefined();
    return { status, stderr, lines: readLines(file("out")) };
  }
  async function follow(
    script: readonly string[],
    under: readonly string[] = [],
    tracer: readonly string[] = [],
  ) {
    const [command = "", ...args] = [...under, file("caller"), ...script];
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      writeFileSync(file("out"), "");
      const words = [...tracer, recorder, "-o", file("out"), "--pid", String(child.pid)];
      const [first = "", ...rest] = words;
      const follower = spawn(first, rest, { stdio: ["ignore", "ignore", "pipe"] });
      let stderr = "";
      follower.stderr.on("data", (bytes: Buffer) => {
        stderr += bytes.toString();
      });
      const ended = once(follower, "close");
      // The process asks until this is recorded.
      await vi.waitFor(() => expect(readFileSync(file("out"), "utf8")).toContain('"0x3e6"'), {
        ...{ timeout: 60_000, interval: 5 },
      });
      child.stdin.write("\n");
      const [code] = (await ended) as [number];
      const lines = readLines(file("out")).filter(({ args }) => args?.[0] !== "0x3e6");
      return { status: code, stderr, lines };
    } finally {
      child.kill("SIGKILL");
    }
  }

  return { file, record, follow };
}

export function readLines(path: string): readonly Line[] {
  const [header = "", ...lines] = readFileSync(path, "utf8").split("\n");
  expect(JSON.parse(header)).toEqual({ schema: "bpf-token/trace@1", arch: process.arch });
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line) as Line);
}

/** A text in quotation marks, or its bytes in hex; many equal bytes as one and their number. */
function shownMemory(base64: string | null): string {
  if (base64 === null) return "unreadable";
  const bytes = Buffer.from(base64, "base64");
  const latin = bytes.toString("latin1");
  if (/^[ -~]+\0$/.test(latin))
    return latin.length > 80 ? `${latin.length} bytes of text` : JSON.stringify(latin.slice(0, -1));
  return bytes.length > 16 ? `${bytes.length} bytes` : bytes.toString("hex");
}

const isPointer = (word: string): boolean => {
  const value = Number(word);
  return (
    (value > 0x700000000000 && value < 0x800000000000) || (value >= 0x400000 && value < 0x600000)
  );
};

function callText({ name, args = [], memory = [], result, fds, seccomp, log, file }: Line): string {
  const own = name === "bpf" ? args.slice(0, 3) : args;
  return [
    [name, ...own.map((word) => (isPointer(word) ? "ptr" : word)), "=", result].join(" "),
    ...memory.map(([, bytes]) => shownMemory(bytes)),
    ...(file === undefined
      ? []
      : [file.root === undefined ? file.kind : `${file.kind} root ${file.root}`]),
    ...(fds === undefined ? [] : [`fds ${fds.join(" ")}`]),
    ...(seccomp ? ["by seccomp"] : []),
    ...(log === undefined ? [] : ["log"]),
  ].join("; ");
}

/** Each line as a text: that of the second process starts with `2: `, and so on. */
export function shown(lines: readonly Line[]): readonly string[] {
  const pids = [...new Set(lines.map(({ pid }) => pid))];
  return lines.map((line) => {
    const { type, fd, file, pid, result } = line;
    const root = file?.root === undefined ? "" : ` root ${file.root}`;
    const child = pids.indexOf(result ?? -1) + 1;
    const body =
      type === "call"
        ? line.name === "clone"
          ? `clone ${line.args?.join(" ")} = process ${child}`
          : callText(line)
        : type === "file"
          ? `file ${fd}: ${file?.kind}${root}`
          : type;
    const index = pids.indexOf(pid);
    return index === 0 ? body : `${index + 1}: ${body}`;
  });
}
