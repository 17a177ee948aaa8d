// SPDX-License-Identifier: MIT
// A hostile container attacks each program that root runs against it: fixtures/hostile.c.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuilt } from "../src/prebuilt.ts";
import { allowed, asked, capabilities } from "./hook/container.ts";
import { describeNative } from "./native.ts";

const RUNS = process.env.BPF_TOKEN_FULL === "1" ? 1000 : 50;
/** The user of fixtures/hostile.c. */
const USER = 54321;
const ALL = "0x1ffffffffff";
const program = (name: string): string => prebuilt(`linux-${process.arch}/${name}`);
const executor = program("bpf-exec");

interface Counts {
  readonly good: number;
  readonly seized: number;
  readonly read: number;
  readonly tries: number;
}

describeNative("a hostile container", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-hostile-"));
    chmodSync(folder, 0o755);
    const root = join(folder, "rootfs");
    mkdirSync(root);
    chownSync(root, USER, USER);
    const source = fileURLToPath(new URL("fixtures/hostile.c", import.meta.url));
    const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
    const made = spawnSync("cc", [...flags, "-o", join(folder, "hostile"), source], {
      encoding: "utf8",
    });
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const process = { capabilities: capabilities("CAP_BPF") };
    write("config.json", { process, root: { path: "rootfs" } });
    write("hook.json", { allow: allowed });
    const state = { ociVersion: "1.0.2", id: "one", status: "creating", bundle: folder };
    const text = JSON.stringify({ ...state, pid: "PID", annotations: asked });
    writeFileSync(join(folder, "state.json"), text.replace('"PID"', "{pid}"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(name: string, content: object): void {
    writeFileSync(join(folder, name), JSON.stringify(content), { mode: 0o644 });
  }

  function attack(owner: string, command: readonly string[], options: readonly string[]): Counts {
    const args = [String(RUNS), owner, join(folder, "rootfs"), ...options, "--", ...command];
    const { stdout, stderr } = spawnSync(join(folder, "hostile"), args, { encoding: "utf8" });
    expect(stderr).toBe("");
    const [runs, good = 0, seized = 0, read = 0, tries = 0] = stdout.split(" ").map(Number);
    expect(runs).toBe(RUNS);
    return { good, seized, read, tries };
  }

  // A namespace of root keeps a process that joins it dumpable; one of a user does not.
  test.each([
    ["executes after it joined", "user", "control"],
    ["executes after it joined", "root", "control"],
    ["changes its ids after it joined", "root", "control-late"],
  ])("seizes a program that %s, in a namespace of %s", (_what, owner, control) => {
    const { good, seized, read } = attack(owner, [control], []);
    expect(good).toBe(RUNS);
    expect(seized).toBeGreaterThan(RUNS / 10);
    expect(read).toBeGreaterThan(RUNS / 10);
  });

  const delegate = [executor, "delegate", "/sys/fs/bpf", ALL, "0", "delegate_cmds=any", "--"];
  const targets: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["doctor --try", [executor, "join", "{pid}", ALL], []],
    // The line to Node, which only failures use, is /dev/null.
    ["exec", ["sh", "-c", `exec ${[...delegate, "echo"].join(" ")} 3>/dev/null`], []],
    ["trace --pid", [program("bpf-token-record"), "--fd", "1", "--pid", "{pid}"], ["--watch"]],
    ["doctor --seccomp", [program("bpf-token-collect"), "--seccomp", "{pid}"], []],
  ];
  const cases = targets.flatMap((one) => ["user", "root"].map((owner) => [...one, owner] as const));
  test.each(cases)("does not get %s", (_name, command, options, owner) => {
    const { tries, ...counts } = attack(owner, command, options);
    expect(counts).toEqual({ good: RUNS, seized: 0, read: 0 });
    expect(tries).toBeGreaterThan(RUNS);
  });

  test.each(["user", "root"])("does not get the hook, in a namespace of %s", (owner) => {
    const command = [program("bpf-token-hook"), "--config", join(folder, "hook.json")];
    const counts = attack(owner, command, ["--input", join(folder, "state.json")]);
    expect({ ...counts, tries: 0 }).toEqual({ good: RUNS, seized: 0, read: 0, tries: 0 });
  });
});
