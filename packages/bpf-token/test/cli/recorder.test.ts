// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { describeNative } from "./native.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const recorder = path(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`);

const interceptor = recorder.replace(/record$/, "intercept");

/** Processes of a busy machine get as long as they need. */
const patient = { timeout: 60_000, interval: 20 };

/** The state of a process: the word after its name, or that it is gone. */
function stateOf(pid: string): string {
  try {
    return /^State:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  } catch {
    return "gone";
  }
}

/** A 32-bit program of x86 that exits with status 7: the headers, then five instructions. */
const program32 = Buffer.from(
  [
    "7f454c46010101000000000000000000 02000300010000005480040834000000 0000000000000000 34002000010000000000 0000",
    "01000000 00000000 00800408 00800408 60000000 60000000 05000000 00100000",
    "b801000000 bb07000000 cd80",
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

describeNative("the recorder", ["cc"], () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "recorder-"));
    program = join(folder, "followed");
    buildPrograms("recorder");
    const source = path("../fixtures/followed.c");
    const made = spawnSync("cc", ["-static", "-O1", "-Wall", "-o", program, source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a command, which must end by itself. */
  const run = (command: string, ...args: readonly string[]) => {
    const options = { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
    const { status, signal, stderr, error } = spawnSync(command, args, options);
    expect(error).toBeUndefined();
    return { status, signal, stderr };
  };

  test("prints its help in lines", () => {
    const { status, stdout, stderr } = spawnSync(recorder, ["--help"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^usage: bpf-token-record .*\n\nRecords [^?]*ends\n$/s);
  });

  test("says that the recording is not complete if memory is short", () => {
    const limited = (kib: number, ...args: readonly string[]) =>
      run("sh", "-c", 'ulimit -Sv "$1"; shift; exec "$@"', "sh", String(kib), recorder, ...args);
    let least = 1024;
    while (least < 65_536 && limited(least, "--help").status !== 0) least += 64;
    const file = join(folder, "recording.jsonl");
    const seen = new Set<string>();
    for (let kib = least; kib < least + 512; kib += 16) {
      const { status, signal, stderr } = limited(kib, "-o", file, "--", program, "memory");
      expect([kib, status, signal]).toEqual([kib, 0, null]);
      seen.add(stderr);
    }
    const why = "bpf-token-record: the recording is not complete: it cannot be written\n";
    expect([...seen]).toEqual([why, ""]);
  });

  test.each([
    ["killed-at-seccomp", 128 + 31, ""],
    ["no-ptrace", 126, "bpf-token-record: this machine does not permit ptrace\n"],
  ])("ends if the start fails: %s", (what, status, stderr) => {
    const file = join(folder, "recording.jsonl");
    const ended = run(program, what, recorder, "-o", file, "--", program, "memory");
    expect(ended).toEqual({ status, signal: null, stderr });
  });

  test("ends if it is interrupted, whenever that is", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(program, "interrupt", recorder, "-o", file, "--", program, "memory");
    expect([ended.status, ended.signal]).toEqual([0, null]);
  });

  test("ends if processes are killed while they start others", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "killed");
    expect(ended).toEqual({ status: 0, signal: null, stderr: "" });
  });

  test.each([
    ["the recorder", recorder, ["-o", "/dev/null", "--"]],
    ["the interceptor", interceptor, ["--fd", "3", "--"]],
  ])("a program does not survive %s", async (_, command, args) => {
    const child = spawn(command, [...args, program, "forever"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    const exit = new Promise<never>((_, reject) =>
      child.on("exit", (code) => reject(new Error(`it exits with ${code}`))),
    );
    exit.catch(() => {});
    const started = vi.waitFor(() => {
      const [first = ""] = readFileSync(children, "utf8").split(" ");
      // The filter is the last of its preparations. Nobody answers the interceptor's child then.
      expect(readFileSync(`/proc/${first}/status`, "utf8")).toContain("\nSeccomp:\t2\n");
      return first;
    }, patient);
    const pid = await Promise.race([started, exit]);
    child.kill("SIGKILL");
    try {
      await vi.waitFor(() => expect(stateOf(pid)).toMatch(/^(?:gone|Z.*|X.*)$/), patient);
    } catch (error) {
      process.kill(Number(pid), "SIGKILL");
      throw error;
    }
  });

  test("follows a running process, and records only the calls that matter", async () => {
    const file = join(folder, "recording.jsonl");
    const words = ["-c", 'echo ready; read line; "$0" memory; cat /proc/self/stat', program];
    const child = spawn("sh", words, { stdio: ["pipe", "pipe", "inherit"] });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const follower = spawn(recorder, ["-o", file, "--pid", String(child.pid)]);
    const status = `/proc/${child.pid}/status`;
    await vi.waitFor(
      () => expect(readFileSync(status, "utf8")).toContain(`\nTracerPid:\t${follower.pid}\n`),
      patient,
    );
    child.stdin.end("\n");
    const end = await new Promise((resolve) =>
      follower.on("close", (code, signal) => resolve([code, signal])),
    );
    expect(end).toEqual([0, null]);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/"name":"bpf","args":\["0x0",/);
    expect(text).not.toContain('"name":"read"');
  });

  test("a stopped process does nothing until it is continued", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "stopped");
    expect(ended).toEqual({ status: 0, signal: null, stderr: "" });
  });

  test("looks again at a number that was closed", () => {
    const file = join(folder, "recording.jsonl");
    expect(run(recorder, "-o", file, "--", program, "reused").status).toBe(0);
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .map(({ type, name, fd, file: what }) => (type === "file" ? [type, fd, what] : [type, name]));
    const calls = lines.slice(lines.findIndex(([, name]) => name === "fsopen"));
    expect(calls).toEqual([
      ["call", "fsopen"],
      ["call", "close"],
      ["file", 3, { kind: "other" }],
      ["call", "bpf"],
      ["exit", undefined],
    ]);
  });

  test("records the entries of fd_array that the instructions name", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "fd_array");
    expect(ended).toEqual({ status: 0, signal: null, stderr: "" });
    const call = readFileSync(file, "utf8")
      .split("\n")
      .find((line) => line.includes('"bpf"'));
    const { memory } = JSON.parse(call ?? "") as { memory: readonly [string, string][] };
    const pieces = memory.map(([, bytes]) => [...Buffer.from(bytes, "base64")]);
    expect(pieces).toContainEqual([101, 102, 103].flatMap((fd) => [fd, 0, 0, 0]));
  });

  test("does not wait for a filesystem that does not answer", (context) => {
    const file = join(folder, "recording.jsonl");
    // As root of a new user namespace it may mount FUSE.
    const ended = run(recorder, "-o", file, "--", "unshare", "-Urm", program, "silent");
    if (ended.status === 77) return context.skip("a silent FUSE filesystem: there is no /dev/fuse");
    expect(ended).toEqual({
      status: 0,
      signal: null,
      stderr:
        "bpf-token-record: a filesystem does not answer; it is recorded as one that is not a BPF filesystem\n",
    });
    // Its context is no matter of BPF.
    expect(readFileSync(file, "utf8")).not.toMatch(/"name":"fs(?:open|config|mount)"/);
  });

  test("knows the root of a BPF filesystem after chroot()", () => {
    const file = join(folder, "recording.jsonl");
    const script =
      'mount -t bpf bpf /mnt && mkdir /mnt/part && "$0" chroot /mnt && "$0" chroot /mnt/part';
    run("unshare", "-m", recorder, "-o", file, "--", "sh", "-c", script, program);
    const roots = [...readFileSync(file, "utf8").matchAll(/"name":"open(?:at)?".*"root":(\w+)/g)];
    expect(roots.map(([, root]) => root)).toEqual(["true", "false"]);
  });

  test("names a program of another architecture, and ends", (context) => {
    const foreign = join(folder, "foreign");
    writeFileSync(foreign, program32, { mode: 0o755 });
    const plain = spawnSync(foreign);
    if (plain.status !== 7) return context.skip("the kernel runs no 32-bit programs");
    const file = join(folder, "recording.jsonl");
    const start = /^bpf-token-record: foreign \(pid \d+\) is a program of another architecture, /;
    const alone = run(recorder, "-o", file, "--", foreign);
    expect(alone).toMatchObject({ status: 3, stderr: expect.stringMatching(start) });
    expect(alone.stderr).toContain("its calls cannot be recorded\n");
    const child = run(recorder, "-o", file, "--", "sh", "-c", '"$0"; exit $?', foreign);
    expect(child).toMatchObject({ status: 7, stderr: expect.stringMatching(start) });
    expect(child.stderr).toContain("its calls are not recorded\n");
  });

  test("follows more processes than it records, and names the limit", () => {
    const file = join(folder, "recording.jsonl");
    const ended = run(recorder, "-o", file, "--", program, "crowd");
    expect(ended).toEqual({
      status: 0,
      signal: null,
      stderr:
        "bpf-token-record: there are more processes or threads than it records; the calls of the others are not recorded\n",
    });
  });
});
