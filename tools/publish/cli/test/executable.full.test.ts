// SPDX-License-Identifier: MIT
// The executable, in a folder of its own, against the program of this repository; then in hostile places.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyRelease } from "../lib/sums.mjs";
import { cases, inputFolder, ownProgram, pack, printed } from "./programs.ts";

const MINUTES_5 = 300_000;
const root = process.getuid?.() === 0;

describe("the executable", () => {
  let folder = "";
  let program = "";
  beforeAll(() => {
    folder = inputFolder();
    pack(folder, "executable", "action", "--arch", process.arch, "--quick");
    const archive = readdirSync(folder).find((name) => name.endsWith(".tar.xz")) ?? "";
    execFileSync("tar", ["-xJf", archive], { cwd: folder });
    program = join(folder, archive.replace(".tar.xz", ""), "bpf-token");
  }, MINUTES_5);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(cases.map((words) => ({ words, name: words.join(" ") })))(
    "$name prints what the program of the repository prints",
    ({ words }) => {
      const here = printed([ownProgram, ...words], folder);
      expect(printed([program, ...words], folder)).toEqual(here);
    },
    MINUTES_5,
  );

  /** Runs a shell line with the path of the program as $0, in a mount namespace of its own. */
  function inOwnMounts(line: string, env: NodeJS.ProcessEnv = { PATH: process.env["PATH"] }) {
    const args = ["--mount", "sh", "-ec", line, program];
    const { status, stdout, stderr } = spawnSync("unshare", args, {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    return { status, stdout, stderr };
  }

  test("is unpacked once by the launcher of the action, also if two processes start it", () => {
    const action = join(folder, "action");
    expect(verifyRelease(action)).toEqual([]);
    const twice = ["-c", '"$0" --version & "$0" --version; wait', join(action, "bpf-token")];
    const run = spawnSync("sh", twice, { encoding: "utf8" });
    expect([run.stdout, run.stderr]).toEqual(["0.0.0\n0.0.0\n", ""]);
    expect(readdirSync(join(action, "unpacked"))).toEqual([
      `bpf-token-0.0.0-linux-${process.arch}`,
    ]);
    cpSync(join(action, "bpf-token"), join(folder, "alone/bpf-token"));
    const alone = spawnSync(join(folder, "alone/bpf-token"), ["--version"], { encoding: "utf8" });
    expect([alone.status, alone.stdout]).toEqual([3, ""]);
    expect(alone.stderr).toMatch(/^bpf-token: \S+ has no archive for .*\. Fix: copy the .*\n$/);
  });

  test("ignores the options of Node", () => {
    const env = { NODE_OPTIONS: "--require=/nonexistent", NODE_PATH: "/nonexistent" };
    const run = spawnSync(program, ["--version"], { env, encoding: "utf8" });
    expect([run.status, run.stderr]).toEqual([0, ""]);
  });

  test("runs without an environment", () => {
    const run = spawnSync(program, ["explain", "log"], { cwd: folder, env: {}, encoding: "utf8" });
    expect([run.status, run.stderr]).toEqual([1, ""]);
  });

  test("contains no file under GPL-2.0-only", () => {
    const files = readdirSync(join(program, "../lib")).filter((name) => name.endsWith(".js"));
    const bytes = readFileSync(program);
    const inside = files.map((name) => {
      const text = readFileSync(join(program, "../lib", name), "latin1");
      expect(text.split("\n", 1)).toEqual(["// SPDX-License-Identifier: GPL-2.0-only"]);
      return bytes.includes(Buffer.from(text.slice(-200), "latin1"));
    });
    expect(inside).toEqual([false, false, false]);
  });

  test("runs no file next to it that is not of its build", () => {
    const copy = join(folder, "copy");
    cpSync(join(program, ".."), copy, { recursive: true });
    const model = ["exec", "--subject", "model", "--delegate", "cmds=any", "--", "true"];
    const run = () => spawnSync(join(copy, "bpf-token"), model, { encoding: "utf8" });
    writeFileSync(join(copy, "lib/kernel-wasm.js"), "console.log('planted')");
    const planted = run();
    rmSync(join(copy, "lib"), { recursive: true });
    const missing = run();
    expect([planted.status, planted.stdout]).toEqual([3, ""]);
    expect(planted.stderr).toMatch(/^bpf-token: [^\n]+ is of another build\. Fix: unpack .*\n$/);
    expect([missing.status, missing.stdout]).toEqual([3, ""]);
    expect(missing.stderr).toMatch(
      /^bpf-token: [^\n]+ cannot be read \(ENOENT\)\. Fix: unpack .*\n$/,
    );
  });

  const places = "mkdir -p none; export XDG_CACHE_HOME=$PWD/place TMPDIR=$PWD/none HOME=;";
  const noOthers = "mount -t tmpfs -o ro none none; mount -t tmpfs -o ro none /dev/shm;";
  test.for([
    ["a full disk", "mount -t tmpfs -o size=16k none place", "no space left on device"],
    ["a read-only file system", "mount -t tmpfs -o ro none place", "read-only file system"],
    [
      "a mount with noexec",
      "mount -t tmpfs -o noexec,mode=700 none place",
      "is mounted with noexec",
    ],
  ])("says in one line why its programs cannot be written to %s", ([, mount, why], context) => {
    context.skip(!root, "only root can mount");
    mkdirSync(join(folder, "place"), { recursive: true });
    const run = inOwnMounts(`${places} ${noOthers} ${mount}; exec "$0" trace -- true`);
    expect([run.status, run.stdout]).toEqual([3, ""]);
    expect(run.stderr).toContain(why);
    expect(run.stderr).toMatch(/^bpf-token: [^\n]*bpf-token-collect[^\n]*\n$/);
  });
});
