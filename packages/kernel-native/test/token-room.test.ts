// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SafetyError } from "@bpf-token/syscall";
import { BpfCmd } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rule } from "../src/generated/protocol.ts";
import type { Addon } from "../src/process/addon.ts";
import { CurrentTask } from "../src/process/current-task.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["-v"]).status === 0);
const possible = process.platform === "linux" && compiler !== undefined;

/** Since Linux 7.2 a command may have this bit, which the kernel takes off. */
const COMMON_ATTRS = 0x10000;

// No test here makes a call of bpf(): the guard is tested by its parts.
const guarded = possible || required;
if (!guarded)
  test("the guard before BPF_TOKEN_CREATE", (context) =>
    context.skip("no C compiler is installed"));

if (guarded)
  describe("the guard before BPF_TOKEN_CREATE", () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "bpf-token-room-"));
      compile("token-room", "../native/token_room.c");
      compile("token-rule", "../native/executor/bpfcall.c");
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    function compile(name: string, source: string): void {
      const flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", path("../native")];
      const sources = [path(`fixtures/${name}.c`), path(source)];
      const made = spawnSync(compiler ?? "cc", [...flags, "-o", join(folder, name), ...sources], {
        encoding: "utf8",
      });
      expect([made.status, made.stderr]).toEqual([0, ""]);
    }

    function run(name: string, ...args: readonly (string | number)[]): string {
      const program = join(folder, name);
      const { status, stdout } = spawnSync(program, args.map(String), { encoding: "utf8" });
      expect(status).toBe(0);
      return stdout.trim();
    }

    test.each([
      ["6.9.0", "0"],
      ["6.12.117+deb13-cloud-amd64", "0"],
      ["6.18.44", "0"],
      ["6.18", "0"],
      ["6.19.0", "1"],
      ["6.19-rc1", "1"],
      ["6.100.1", "1"],
      ["7.0.13+deb13-cloud-amd64", "1"],
      ["7.9", "1"],
      ["7.12.1", "1"],
      ["10.9.0", "1"],
      ["2.6.78-hidden", "1"],
      ["6.8.12", "1"],
      ["", "1"],
      ["unknown", "1"],
    ])("kernel '%s' needs it: %s", (release, needed) => {
      expect(run("token-room", "release", release)).toBe(needed);
    });

    test("it wants nine free descriptors after the three that the process has", () => {
      expect(run("token-room", "files", 12, 11, 4, 3, 0, 64)).toBe("100001");
    });

    test("the executor refuses by a rule, on the host and in guests", () => {
      const { TOKEN_CREATE } = BpfCmd;
      for (const inGuest of [0, 1]) {
        expect(run("token-rule", 0, inGuest, TOKEN_CREATE)).toBe(`${Rule.TOKEN_ROOM}`);
        expect(run("token-rule", 1, inGuest, TOKEN_CREATE)).toBe("0");
        expect(run("token-rule", 0, inGuest, TOKEN_CREATE | COMMON_ATTRS)).toBe(
          `${Rule.TOKEN_ROOM}`,
        );
        expect(run("token-rule", 0, inGuest, BpfCmd.MAP_CREATE, BpfCmd.PROG_LOAD)).toBe("0 0");
      }
    });

    test("the bit of common attributes gets no command past the other rules", () => {
      const commands = [BpfCmd.LINK_CREATE, BpfCmd.PROG_ATTACH].map((cmd) => cmd | COMMON_ATTRS);
      expect(run("token-rule", 1, 0, ...commands)).toBe(`${Rule.ATTACH} ${Rule.ATTACH}`);
      expect(run("token-rule", 1, 0, BpfCmd.ENABLE_STATS | COMMON_ATTRS)).toBe(`${Rule.STATS}`);
    });
  });

describe("this process", () => {
  const made: number[] = [];
  const addon = (mayCreateToken: boolean): Addon =>
    ({
      mayCreateToken: () => mayCreateToken,
      bpf: (cmd: number) => made.push(cmd),
      call: () => made.push(-1),
      prepare: () => [() => made.push(-2), new ArrayBuffer(8)],
    }) as unknown as Addon;
  const attr = () => new Uint8Array(8);
  const ways = (task: CurrentTask, cmd: number): readonly (() => unknown)[] => [
    () => task.bpf(cmd, attr()),
    () => task.syscall(321, cmd, attr(), 8),
    () => task.prepareBpf(cmd, 8).run(),
  ];

  test("creates no token with too few free file descriptors", () => {
    const task = new CurrentTask(addon(false));
    for (const cmd of [BpfCmd.TOKEN_CREATE, BpfCmd.TOKEN_CREATE | COMMON_ATTRS]) {
      for (const way of ways(task, cmd)) expect(way).toThrow(SafetyError);
    }
    expect(() => task.bpf(BpfCmd.TOKEN_CREATE, attr())).toThrow("nine free file descriptors");
    expect(made).toEqual([]);
  });

  test("makes other calls, and all calls with enough free file descriptors", () => {
    for (const way of ways(new CurrentTask(addon(false)), BpfCmd.MAP_FREEZE)) way();
    for (const way of ways(new CurrentTask(addon(true)), BpfCmd.TOKEN_CREATE)) way();
    expect(made).toEqual([BpfCmd.MAP_FREEZE, -1, -2, BpfCmd.TOKEN_CREATE, -1, -2]);
  });
});
