// SPDX-License-Identifier: MIT
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel, ModuleError } from "@bpf-token/kernel-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildUpstream, CompileError, SourceError, type WasmCompiler } from "../src/index.ts";
import { defaultCompiler, findSystemCompiler } from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

let top: string;
let secret: string;
let compiler: WasmCompiler;

/** Builds a token.c that starts with some lines; returns the error, or the bytes of the module. */
async function build(lines: string): Promise<Uint8Array | Error> {
  const bytes = new TextEncoder().encode(`${lines}\n${noTokens}`);
  try {
    const files = [{ path: TOKEN, bytes }] as const;
    return (await buildUpstream(files, { compiler, release: "6.12" })).wasm;
  } catch (error) {
    return error as Error;
  }
}

const unused: WasmCompiler = {
  id: "unused",
  compile: () => Promise.reject(new Error("not used")),
  link: () => Promise.reject(new Error("not used")),
};

beforeAll(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "bpf-token-hostile-source-")));
  secret = join(top, "secret");
  writeFileSync(secret, "char bpf_token_secret[] = { 1 };\n");
  compiler = await defaultCompiler();
}, 600_000);

afterAll(() => rmSync(top, { recursive: true, force: true }));

const climbing = "../".repeat(40);
const hidden = (path: string): string => path.slice(1);

describe("a source that names files of the host is refused with the line", () => {
  test.each<[string, (path: string) => string]>([
    ["#include of a path", (path) => `#include "${path}"`],
    ["#include in brackets", (path) => `#include <${path}>`],
    ["#include that climbs", (path) => `#include "${climbing}${hidden(path)}"`],
    ["#include that goes down first", (path) => `#include "a/${climbing}${hidden(path)}"`],
    ["#import", (path) => `#import "${path}"`],
    ["#include_next", (path) => `#include_next "${path}"`],
    ["#embed", (path) => `char embedded[] = {\\\n\n#embed "${path}"\n};`],
    ["an old spelling", (path) => `%: include "${path}"`],
    ["a directive with a comment", (path) => `# /* … */ include /**/ "${path}"`],
    ["a directive in two lines", (path) => `#include\\\n "${path}"`],
    ["a question whether it exists", (path) => `#if __has_include("${path}")\n#endif`],
    ["a pragma that looks at its time", (path) => `#pragma GCC dependency "${path}"`],
    [".incbin", (path) => `__asm__(".incbin \\"${path}\\"");`],
    ["the .include of an assembler", (path) => `__asm__(".include \\"${path}\\"");`],
  ])("%s", { timeout: 600_000 }, async (_, lines) => {
    const error = await build(`int first;\n${lines(secret)}`);
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ problem: "unsafe" });
    expect((error as SourceError).message).toMatch(/^line [24]: kernel\/bpf\/token\.c: /);
  });

  test.each<[string, (path: string) => string]>([
    ["a name from a macro", (path) => `#define NAME "${path}"\n#include NAME`],
    [
      "a climbing name from a macro",
      (path) => `#define NAME "${climbing}${hidden(path)}"\n#include NAME`,
    ],
    ["an assembler directive in two strings", (path) => `__asm__(".inc" "bin \\"${path}\\"");`],
    [
      "an assembler directive in a function",
      (path) => `void f(void) { __asm__(".inc" "bin \\"${path}\\""); }`,
    ],
    ["a header of the host", () => "#include <stdio.h>"],
    ["a device", () => `#define NAME "/dev/zero"\n#include NAME`],
  ])("%s is not found by the compiler", { timeout: 600_000 }, async (_, lines) => {
    expect(await build(lines(secret))).toBeInstanceOf(CompileError);
  });

  test("a question from a macro is answered with no", { timeout: 600_000 }, async () => {
    const asked = `#define NAME "${secret}"\n#if __has_include(NAME)\n#error found\n#endif`;
    expect(await build(asked)).toBeInstanceOf(Uint8Array);
  });
});

describe("a module that is no kernel is refused when it is built", { timeout: 600_000 }, () => {
  const exported = (name: string) => `__attribute__((export_name("${name}"), used))`;

  test.each([
    [
      "it imports the function env.steal",
      `__attribute__((import_module("env"), import_name("steal"))) int steal(int);
${exported("mine")} int mine(void) { return steal(1); }`,
    ],
    [
      "it imports the function host.more",
      `__attribute__((import_module("host"), import_name("more"))) int more(int);
${exported("mine")} int mine(void) { return more(1); }`,
    ],
    ["may export a name twice", `${exported("turns_left")} int turns_left(void) { return 1; }`],
    [
      "a WebAssembly feature that kernels lack",
      `typedef int lanes __attribute__((vector_size(16)));
${exported("mine")} __attribute__((target("simd128"))) void mine(lanes *a) { *a = *a + *a; }`,
    ],
  ])("%s", async (why, lines) => {
    const error = await build(lines);
    expect(error).toBeInstanceOf(CompileError);
    expect((error as Error).message).toContain("kernel/bpf/token.c is no kernel");
    expect((error as Error).message).toContain(why);
  });
});

test("names of files are looked for in linear time", { timeout: 60_000 }, async () => {
  // Quadratic work would take hours.
  const size = 4 << 20;
  for (const piece of ['\\"', "'", '"', "/*", "\\", "#", "__has_include(", " ", ".incbin"]) {
    const line = piece.repeat(size / piece.length);
    const bytes = new TextEncoder().encode(`${line}\n#include "/etc/passwd"\n`);
    const built = buildUpstream([{ path: TOKEN, bytes }], { compiler: unused, release: "6.12" });
    await expect(built).rejects.toThrow(/names a file outside|not used/);
  }
});

test("names inside the tree, in comments and in strings are fine", {
  timeout: 600_000,
}, async () => {
  // The compiler from npm has the headers in a folder of its own, so no path leads there.
  const tree = findSystemCompiler() === undefined ? [] : ['#include "../../include/linux/bpf.h"'];
  const lines = [
    ...tree,
    '/* #include "/etc/passwd" */ // #include "/etc/passwd"',
    `static const char words[] __attribute__((unused)) = "/* \\" #include '/etc/passwd' */";`,
  ];
  expect(await build(lines.join("\n"))).toBeInstanceOf(Uint8Array);
});

test("a crash of the compiler is an error of the source and leaves no files", {
  timeout: 600_000,
}, async () => {
  // A folder of its own, because other tests compile at the same time.
  const own = mkdtempSync(join(top, "crash-"));
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = own;
  try {
    const error = await build("#pragma clang __debug crash");
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message.split("\n").length).toBeLessThan(10);
    expect(readdirSync(own).filter((name) => /^(token-|bpf-token-upstream-)/.test(name))).toEqual(
      [],
    );
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
});

test("an installed clang runs in bubblewrap, if that works", {
  timeout: 600_000,
}, async (context) => {
  if (findSystemCompiler() === undefined) {
    context.skip("upstream: no clang with wasm-ld on this machine");
    return;
  }
  // Records its options and runs the program without them.
  const log = join(top, "bwrap.log");
  const text = `#!/bin/sh
echo "$@" >> '${log}'
while [ "$1" != --chdir ]; do shift; done
cd "$2" || exit 1
shift 2
exec "$@"
`;
  writeFileSync(join(top, "bwrap"), text, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${top}:${path}`;
  try {
    expect(await build("")).toBeInstanceOf(Uint8Array);
  } finally {
    process.env.PATH = path;
  }
  const runs = readFileSync(log, "utf8").trim().split("\n");
  // Two tools are tried out, and each runs once.
  expect(runs).toHaveLength(4);
  for (const run of runs) {
    expect(run).toMatch(/^--unshare-all --die-with-parent /);
    expect(run.match(/ --bind \S+/g)).toHaveLength(1);
    expect(run).not.toContain(" --ro-bind-try / ");
  }
});

test("a constructor that does not end is an error of the module, without a stack trace", async () => {
  const early = "__attribute__((constructor)) void early(void) { for (;;) ; }";
  const wasm = await build(early);
  expect(wasm).toBeInstanceOf(Uint8Array);
  const module = new WebAssembly.Module(Uint8Array.from(wasm as Uint8Array));
  const start = () => createKernel({ module });
  expect(start).toThrow(ModuleError);
  expect(start).toThrow("the module does not start: a loop does not end in early()");
});
