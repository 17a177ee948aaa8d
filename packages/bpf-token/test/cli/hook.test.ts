// SPDX-License-Identifier: MIT
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHook } from "@bpf-token/kernel-native";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

const found = findHook();
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const root = process.geteuid?.() === 0;
const why = "why" in found ? found.why : root ? undefined : "it needs root";
const runnable = why === undefined || required;

describe("bpf-token hook", () => {
  let folder = "";
  let places: readonly string[] = [];
  beforeEach((context) => {
    if (!runnable) context.skip(`bpf-token hook: ${why}`);
    folder = mkdtempSync(join(tmpdir(), "bpf-token-install-"));
    places = [
      ...["--dir", join(folder, "hooks.d"), "--program", join(folder, "lib/bpf-token-hook")],
      ...["--config", join(folder, "etc/hook.json")],
    ];
    writeFileSync(join(folder, "allow"), "delegate_cmds=map_create,delegate_maps=hash:array");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const hook = (...args: readonly string[]): Promise<Result> => cli(["hook", ...args, ...places]);
  const install = (...args: readonly string[]): Promise<Result> =>
    hook("install", "--allow", join(folder, "allow"), ...args);
  const json = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), "utf8"));

  test("install prints what it would write, and writes it with --yes", async () => {
    const dry = await install();
    expect(dry).toMatchObject({ code: 0, err: "" });
    expect(dry.out).toContain(`would write ${folder}/etc/hook.json`);
    expect(dry.out).toContain("Nothing was changed.");
    expect(existsSync(join(folder, "etc"))).toBe(false);
    const { code, out } = await install("--yes");
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        `wrote ${folder}/etc/hook.json`,
        `wrote ${folder}/lib/bpf-token-hook`,
        `wrote ${folder}/hooks.d/bpf-token.json`,
        "",
      ],
    ]);
    expect(json("etc/hook.json")).toEqual({
      allow: { cmds: ["map_create"], maps: ["hash", "array"] },
    });
    expect(json("hooks.d/bpf-token.json")).toEqual({
      version: "1.0.0",
      hook: {
        path: `${folder}/lib/bpf-token-hook`,
        args: ["bpf-token-hook", "--config", `${folder}/etc/hook.json`],
        timeout: 20,
      },
      when: { annotations: { "^bpf-token/": ".*" } },
      stages: ["createRuntime"],
    });
    expect(statSync(join(folder, "lib/bpf-token-hook")).mode & 0o777).toBe(0o755);
    expect(await hook("check")).toMatchObject({ code: 0, err: "" });
  });

  test("a second install keeps the allow-list, the prefix and the path", async () => {
    await install("--yes");
    const config = { prefix: "a.org/", path: "/run/bpf", allow: { maps: ["hash"] } };
    writeFileSync(join(folder, "etc/hook.json"), JSON.stringify(config));
    expect((await hook("install", "--yes")).code).toBe(0);
    expect(json("etc/hook.json")).toEqual(config);
    expect(json("hooks.d/bpf-token.json")).toMatchObject({
      when: { annotations: { "^a\\.org/": ".*" } },
    });
  });

  test("--log names a file, which stays in the configuration", async () => {
    expect((await install("--log", "/var/log/bpf-token-hook.log", "--yes")).code).toBe(0);
    await install("--yes");
    expect(json("etc/hook.json")).toMatchObject({ log: "/var/log/bpf-token-hook.log" });
    const { code, err } = await install("--log", "hook.log", "--yes");
    expect([code, err]).toEqual([2, expect.stringContaining("--log needs an absolute path")]);
  });

  test("--runtime installs the wrapper", async () => {
    expect((await install("--runtime", "/usr/sbin/runc", "--yes")).code).toBe(0);
    expect(json("etc/hook.json")).toMatchObject({ runtime: "/usr/sbin/runc" });
    expect(readlinkSync(join(folder, "lib/bpf-token-runtime"))).toBe("bpf-token-hook");
    expect((await hook("check")).code).toBe(0);
  });

  test("remove removes what was installed", async () => {
    await install("--runtime", "/usr/sbin/runc", "--yes");
    expect((await hook("remove")).out).toContain(`would remove ${folder}/hooks.d/bpf-token.json`);
    expect((await hook("remove", "--yes")).out.match(/^removed /gm)).toHaveLength(4);
    expect(existsSync(join(folder, "etc"))).toBe(false);
    expect(existsSync(join(folder, "hooks.d/bpf-token.json"))).toBe(false);
    expect((await hook("remove")).out).toBe("nothing is installed\n");
  });

  test.each([
    ["the program is missing", "lib/bpf-token-hook", undefined, /program .* is missing/],
    ["the program is another one", "lib/bpf-token-hook", "#!/bin/sh\n", /of another version/],
    ["the allow-list is missing", "etc/hook.json", undefined, /allow-list .* cannot be read/],
    ["the allow-list is wrong", "etc/hook.json", '{"allow":{"map":[]}}', /unknown key 'map'/],
    ["hooks.d has no file", "hooks.d/bpf-token.json", undefined, /the engine runs no hook/],
    ["hooks.d has no JSON", "hooks.d/bpf-token.json", "{", /is no JSON/],
    [
      "hooks.d has another hook",
      "hooks.d/bpf-token.json",
      "{}",
      /another program[\s\S]*not createRuntime/,
    ],
  ])("check reports that %s", async (_name, file, text, reason) => {
    await install("--yes");
    const path = join(folder, file);
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    const { code, out, err } = await hook("check");
    expect([code, err]).toEqual([1, ""]);
    expect(out).toMatch(reason);
    expect(out).toContain("Fix: ".slice(0, file.startsWith("etc") ? 0 : 5));
  });

  test("check reports files that others can write", async () => {
    await install("--yes");
    chmodSync(join(folder, "lib/bpf-token-hook"), 0o777);
    chmodSync(join(folder, "etc/hook.json"), 0o666);
    expect((await hook("check", "--json")).out).toContain('"schema": "bpf-token/hook-check');
    const { out } = await hook("check");
    expect(out).toMatch(/others than root can write .*bpf-token-hook/);
    expect(out).toMatch(/hook\.json can be written by others than root/);
  });

  test("the umask gives others no folder of the hook", async () => {
    const umask = process.umask(0);
    try {
      expect((await install("--yes")).code).toBe(0);
    } finally {
      process.umask(umask);
    }
    const modes = ["etc", "lib", "hooks.d"].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o755, 0o755, 0o755]);
    expect(await hook("check")).toMatchObject({ code: 0, err: "" });
  });

  test.each([
    ["others can write to", (path: string) => chmodSync(path, 0o757)],
    [
      "another group can write to",
      (path: string) => [chownSync(path, 0, 1000), chmodSync(path, 0o775)],
    ],
    ["belongs to another user", (path: string) => chownSync(path, 1000, 0)],
  ])("check reports a folder that %s", async (_name, change) => {
    mkdirSync(join(folder, "log"));
    await install("--log", join(folder, "log/hook.log"), "--yes");
    for (const name of ["etc", "lib", "hooks.d", "log"]) {
      change(join(folder, name));
      const { code, out } = await hook("check");
      expect([code, out]).toEqual([
        1,
        expect.stringContaining(`to the folder ${folder}/${name}, `),
      ]);
      chownSync(join(folder, name), 0, 0);
      chmodSync(join(folder, name), 0o755);
    }
    change(folder);
    expect(
      (await hook("check")).out.match(new RegExp(`to the folder ${folder},`, "g")),
    ).toHaveLength(1);
    chownSync(folder, 0, 0);
    // The sticky bit of /tmp: others can write there, but not replace files of root.
    chmodSync(folder, 0o1777);
    expect((await hook("check")).code).toBe(0);
  });

  test.each([
    [["install"], 2, /has no allow-list yet; give one with --allow FILE/],
    [["install", "--allow", "/none"], 2, /the file does not exist/],
    [["install", "--allow", "/etc/hostname"], 1, /is no delegation/],
    [["instal"], 2, /did you mean 'install'/],
    [[], 2, /give one of install, remove, check/],
    [["install", "x"], 2, /give one of/],
    [["check", "--dir", "hooks.d"], 2, /--dir needs an absolute path/],
    [["check", "--dir", "/a\u001b"], 2, /--dir needs an absolute path/],
  ])("%j is refused", async (args, code, reason) => {
    const result = await cli(["hook", ...places, ...args]);
    expect([result.code, result.out]).toEqual([code, ""]);
    expect(result.err).toMatch(reason);
  });

  test("a configuration that is no JSON is a finding", async () => {
    await install("--yes");
    writeFileSync(join(folder, "etc/hook.json"), "{");
    expect(await hook("install", "--yes")).toMatchObject({
      code: 1,
      err: expect.stringContaining("hook.json is no JSON"),
    });
  });
});
