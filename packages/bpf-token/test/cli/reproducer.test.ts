// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release as linux, tmpdir } from "node:os";
import { join } from "node:path";
import { probeNative } from "@bpf-token/kernel-native";
import { factsRelease, releaseCode } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** The last step differs from 6.18 on: the attribute is longer. */
const scenario = `name: a longer attribute
tasks: [host, app]
steps:
  - fork: { task: app }
  - by: app
    container: {}
  - by: app
    fsopen: bpf
    as: context
  - by: app
    send: { fd: $context, to: host }
  - by: app
    bpf: TOKEN_CREATE
    attr: { zero: 200 }
    poke: { 152: 1 }
`;

let folder = "";
const inside = (name: string): string => join(folder, name);
const subjects = ["--subjects", "model@6.12,model@7.3"];
const write = (...words: string[]): Promise<Result> =>
  cli(["diff", inside("s.yaml"), ...subjects, "--c", inside("repro.c"), ...words]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-repro-"));
  writeFileSync(inside("s.yaml"), scenario);
  writeFileSync(inside("same.yaml"), "name: same\nsteps: [fsopen: bpf]\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

const compiler = ["cc", "gcc", "clang-19", "clang"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const support = probeNative();

describe("diff --c", () => {
  test("writes a program that compiles without warnings", async (context) => {
    if (compiler === undefined) return context.skip("diff --c: there is no C compiler");
    expect(await write()).toMatchObject({ code: 0, err: "" });
    const flags = ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", inside("repro")];
    const built = spawnSync(compiler, [...flags, inside("repro.c")], { encoding: "utf8" });
    expect(built.stderr).toBe("");
  });

  test("which runs on this kernel", (context) => {
    if (compiler === undefined) return context.skip("diff --c: there is no C compiler");
    if (!support.ok) return context.skip(`diff --c: ${support.why}`);
    const { status, stdout } = spawnSync(inside("repro"), { encoding: "utf8" });
    const here = releaseCode(factsRelease(linux())) < releaseCode("6.18") ? "6.12" : "7.3";
    const answer = here === "6.12" ? "E2BIG" : "EINVAL";
    expect(stdout).toMatch(/^# 1 host: fork\(app\) = \d+\n/);
    expect(stdout.endsWith(`1..1\nok 1 - answered as model@${here}: ${answer}\n`)).toBe(true);
    expect(status).toBe(0);
  });

  test("refuses scenarios without a difference, other subjects and several files", async () => {
    const target = inside("none.c");
    const same = await cli(["diff", inside("same.yaml"), ...subjects, "--c", target]);
    expect(same.code).toBe(3);
    expect(same.err).toContain("no C program: the kernels do not differ in a call");
    const files = [inside("same.yaml"), inside("s.yaml")];
    const several = await cli(["diff", ...files, ...subjects, "--c", target]);
    expect(several).toMatchObject({ code: 2 });
    const three = ["--subjects", "model@6.12,model@6.18,model@7.3"];
    expect(await cli(["diff", inside("s.yaml"), ...three, "--c", target])).toMatchObject({
      code: 2,
    });
    expect(existsSync(target)).toBe(false);
  });
});
