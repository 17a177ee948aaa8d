// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildKernel } from "../lib/build.mjs";
import { chooseCompiler } from "../lib/choose.mjs";
import { embedText } from "../lib/embed.mjs";
import { yowaspCompiler } from "../lib/yowasp.mjs";
import { makeTop, tiny } from "./fixture.ts";

const compiler = yowaspCompiler();
const SLOW = 60_000;

function build(top: string, cache = join(top, "cache")) {
  return buildKernel({ compiler, cache, top });
}

describe("a build", { timeout: SLOW }, () => {
  it("produces a module that runs, and the same bytes every time", async () => {
    const first = await build(makeTop());
    const second = await build(makeTop());
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(first.bytes));
    expect((exports.seven_times as (x: number) => number)(6)).toBe(42);
    expect(first.compiled).toBe(2);
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
  });

  it("compiles again only what has changed", async () => {
    const top = makeTop();
    await build(top);
    expect((await build(top)).compiled).toBe(0);
    writeFileSync(join(top, "core-c/include/linux/one.h"), "#define ONE (2 - 1)\n");
    expect((await build(top)).compiled).toBe(1);
    writeFileSync(join(top, "core-c/include/linux/seven.h"), "int seven(void);\n\n");
    expect((await build(top)).compiled).toBe(2);
  });

  it("shows the compiler's errors with file and line", async () => {
    const top = makeTop({ ...tiny, "core-c/fs/bad.c": "\nint f(void) { return y; }\n" });
    await expect(build(top)).rejects.toThrow(/core-c\/fs\/bad\.c:2:\d+: error: .*'y'/);
    await expect(build(top)).rejects.toThrow("1 of 3 sources do not compile");
  });

  it("finds headers that are above the source", async () => {
    const top = makeTop({
      ...tiny,
      "core-c/fs/mount.h": "int mounts(void);\n",
      "core-c/fs/proc/base.c": '#include "../mount.h"\nint mounts(void) { return 0; }\n',
    });
    expect((await build(top)).sources).toBe(3);
  });

  it("treats warnings as errors", async () => {
    const top = makeTop({ ...tiny, "core-c/fs/warn.c": "static int unused;\n" });
    await expect(build(top)).rejects.toThrow("-Wunused-variable");
  });

  it("refuses a kernel that would import a function, and one that lacks an export", async () => {
    const main =
      "int puts(int);\nint seven_times(int);\nint seven_times(int x) { return puts(x); }\n";
    const importing = makeTop({ ...tiny, "core-c/init/main.c": main });
    await expect(build(importing)).rejects.toThrow(/undefined symbol: puts/);
    const list = `${tiny["core-c/arch/wasm/exports.txt"]}eight_times (i32) -> i32\n`;
    const lacking = makeTop({ ...tiny, "core-c/arch/wasm/exports.txt": list });
    await expect(build(lacking)).rejects.toThrow(/eight_times/);
  });

  it("names exports that are not listed", async () => {
    const more =
      '__attribute__((export_name("extra"))) int extra(void);\nint extra(void) { return 1; }\n';
    const top = makeTop({ ...tiny, "core-c/init/main.c": `${tiny["core-c/init/main.c"]}${more}` });
    await expect(build(top)).rejects.toThrow("exports extra, which is not listed");
  });
});

describe("the embedded module", () => {
  it("has the same bytes, their size and their hash", () => {
    const text = embedText(Uint8Array.from([0, 0x61, 0x73, 0x6d]));
    expect(text).toContain('"AGFzbQ=="');
    expect(text).toContain("size: 4,");
    expect(text).toContain("cd5d4935a48c0672cb06407bb443bc0087aff947c6b864bac886982c73b3027f");
    expect(text).toContain("DO NOT EDIT");
  });
});

describe("the choice of a compiler", () => {
  it("prints a note when CC cannot compile for WebAssembly", () => {
    const notes: string[] = [];
    const chosen = chooseCompiler(undefined, { CC: "gcc" }, (line: string) => notes.push(line));
    expect(chosen.id).toMatch(/^@yowasp\/clang /);
    expect(notes).toEqual([
      "CC=gcc is not clang and cannot compile for WebAssembly; using the compiler from npm",
    ]);
  });

  it("exits with 2 for a missing compiler and for unknown options", () => {
    const tool = fileURLToPath(new URL("../build.mjs", import.meta.url));
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [tool, ...args], { encoding: "utf8" });
    const missing = run("--compiler", "clang-none");
    expect([missing.status, missing.stderr]).toEqual([
      2,
      "clang-none cannot be run; use --compiler yowasp, which npm ci installs\n",
    ]);
    const unknown = run("--compilr", "x");
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain("usage: npm run tool build:core");
  });
});
