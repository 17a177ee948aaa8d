// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "./build-programs.ts";
import { describeNative } from "./native.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const recorder = path(`../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`);

interface Line {
  readonly type: string;
  readonly name?: string;
  readonly pid: number;
  readonly file?: object;
  readonly memory?: readonly (readonly [string, string | null])[];
  readonly facts?: { readonly bpffs: readonly object[]; readonly unknown: readonly object[] };
}

describeNative("the recorder of a hostile program", ["cc"], () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hostile-"));
    program = join(folder, "hostile");
    buildPrograms("recorder", "collector");
    const source = path("../fixtures/hostile.c");
    const words = ["-static", "-D_GNU_SOURCE", "-O1", "-Wall", "-o", program, source];
    const made = spawnSync("cc", words, { encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs a command that records, which must end by itself. */
  function record(command: readonly string[], file = join(folder, "recording.jsonl")) {
    const [first = "", ...rest] = command.flatMap((word) =>
      word === "RECORD" ? [recorder, "-o", file, "--", program] : [word],
    );
    const options = { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
    const { status, stderr, error } = spawnSync(first, rest, options);
    expect(error).toBeUndefined();
    const text = status === 77 ? "" : readFileSync(file, "utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    return { status, stderr, lines: lines.map((line) => JSON.parse(line) as Line) };
  }

  test("finds BPF filesystems after megabytes of other mounts", () => {
    const { status, lines } = record(["unshare", "-m", "RECORD", "mounts"]);
    expect(status).toBe(0);
    const facts = lines.flatMap((line) => (line.type === "process" ? [line.facts] : []));
    expect(facts.at(-1)?.bpffs).toContainEqual(
      expect.objectContaining({ path: "/mnt/here", root: "/part" }),
    );
    const opened = lines.find((line) => line.name?.startsWith("open"));
    expect(opened?.file).toMatchObject({ kind: "bpffs", root: false });
  });

  test("follows and describes processes in thousands of groups", () => {
    const { status, lines } = record(["RECORD", "groups"]);
    expect(status).toBe(0);
    const pids = (kind: (line: Line) => boolean): readonly number[] =>
      lines.filter(kind).map(({ pid }) => pid);
    const callers = pids(({ name }) => name === "bpf");
    expect(callers.length).toBe(10);
    expect(pids(({ type }) => type === "process")).toEqual(expect.arrayContaining([...callers]));
  });

  test("does not wait for memory that never arrives", (context) => {
    const { status, stderr, lines } = record(["RECORD", "missing"]);
    if (status === 77) return context.skip("memory that never arrives: no userfaultfd");
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^bpf-token-record: memory of process \d+ does not arrive; its memory is no longer recorded\n$/,
      ),
    ]);
    const calls = lines.filter(({ name }) => name === "bpf");
    // The last one is of a child, whose memory can be read.
    expect(calls.map(({ memory }) => memory?.map(([, bytes]) => bytes === null))).toEqual([
      ...Array(3).fill([true]),
      [false],
    ]);
  });

  test.each([
    ["bpf-token-record", ["-o", "/dev/null", "--pid"]],
    ["bpf-token-collect", ["--seccomp"]],
  ])("%s does not wait for a process that cannot be traced", async (name, words) => {
    const child = spawn(program, ["locked"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [pid] = (await once(child.stdout, "data")) as [Buffer];
      const state = () => /^State:\t(.)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
      await expect.poll(() => state()?.[1], { timeout: 60_000 }).toBe("D");
      const tool = recorder.replace("bpf-token-record", name);
      const args = [...words, String(pid).trim()];
      const options = { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" } as const;
      const { status, stderr } = spawnSync(tool, args, options);
      expect([status, stderr]).toEqual([
        3,
        `${name}: the process does not finish execve(), and cannot be traced before\n`,
      ]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("ends while a filesystem keeps a process that asked it", (context) => {
    const inside = ["unshare", "-Urm", program, "deaf"];
    const { status, stderr } = record([...inside, "RECORD", "pass"]);
    if (status === 77) return context.skip("a deaf FUSE filesystem: there is no /dev/fuse");
    expect([status, stderr]).toEqual([
      0,
      "bpf-token-record: a filesystem does not answer; it is recorded as one that is not a BPF filesystem\n",
    ]);
  });
});
