// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

const delegate = ["--delegate", "cmds=any"];

describe("an invalid command line", () => {
  test.each([
    [["exec"], "exec: the command is missing: exec … -- COMMAND"],
    [["exec", ...delegate, "--"], "exec: the command is missing"],
    [["exec", ...delegate, "true"], "put the command after '--': exec … -- true"],
    [["exec", ...delegate, "x", "--", "true"], "unexpected argument 'x' before '--'"],
    [["exec", "--delgate", "cmds=any", "--", "true"], "did you mean '--delegate'?"],
    [["exec", "--", "true"], "--delegate is missing"],
    [["exec", ...delegate, "--caps", "bfp", "--", "true"], "did you mean 'bpf'?"],
  ])("%j: exit 2 and the fix", async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect(err).toContain(message);
    expect(err).toMatch(/\ntry 'bpf-token exec --help'\n$/);
    expect([code, out]).toEqual([2, ""]);
  });
});

test("exec --json without --explain is a usage error, as JSON on standard error", async () => {
  const { code, out, err } = await cli(["exec", ...delegate, "--json", "--", "true"]);
  expect([code, out]).toEqual([2, ""]);
  expect(JSON.parse(err)).toMatchObject({
    error: { message: expect.stringContaining("--json needs --explain") as string },
  });
});

describe("where exec and the native backend cannot run", () => {
  const fine = {
    platform: "linux",
    arch: "x64",
    release: "6.18.1",
    uid: 0,
    capabilities: (1n << 41n) - 1n,
    firstUserNamespace: true,
  };
  const places = [
    ["macOS", { platform: "darwin" }, "it needs Linux 6.9 or newer, and this is darwin"],
    ["Windows", { platform: "win32", uid: undefined }, "and this is win32"],
    ["an old kernel", { release: "6.8.0-31-generic" }, "BPF tokens came with Linux 6.9"],
    ["a user", { uid: 1000 }, "it needs root"],
    ["a rootless container", { firstUserNamespace: false }, "this is a user namespace"],
    ["a container", { capabilities: 0n }, "it needs CAP_SYS_ADMIN"],
  ] as const;
  const commands = [
    ["exec", "--delegate", "cmds=any", "--", "true"],
    ["demo", "--backend", "native"],
  ];
  for (const argv of commands) {
    test.each(places)(`${argv[0]}: %s: exit 3 and one sentence`, async (_, change, why) => {
      const { code, out, err } = await cli(argv, {}, {}, { ...fine, ...change });
      expect([code, out]).toEqual([3, ""]);
      expect(err).toContain(why);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
    });
  }
});
