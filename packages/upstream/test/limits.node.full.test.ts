// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildUpstream, CompileError, type WasmCompiler } from "../src/index.ts";
import { findSystemCompiler, systemCompiler, threadedYowaspCompiler } from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

let top: string;

/** Expands to 10^n tokens. */
const bomb = (levels: number): string =>
  [
    "#define A0 0,",
    ...Array.from({ length: levels }, (_, i) => `#define A${i + 1} ${`A${i} `.repeat(10)}`),
  ]
    .concat(`static const char many[] __attribute__((used)) = { A${levels} };`)
    .join("\n");
const gigabyte = "char large[1 << 30] = { 1 };\nchar larger[1 << 30] = { 1 };";

const clang = ["clang", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17"].find((name) => {
  try {
    return systemCompiler(name);
  } catch {
    return false;
  }
});

/** A file that includes itself 2^40 times: endless, and unlike {@link bomb} needs hardly any memory. */
const endless = `#if __INCLUDE_LEVEL__ > 0
#if __INCLUDE_LEVEL__ < 40
#include "token.c"
#include "token.c"
#endif
#else
#include "token.c"
${noTokens}
#endif`;

function refused(compiler: WasmCompiler, lines: string): Promise<string> {
  return refusedText(compiler, `${lines}\n${noTokens}`);
}

async function refusedText(compiler: WasmCompiler, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const built = buildUpstream([{ path: TOKEN, bytes }], { compiler, release: "6.12" });
  const error: unknown = await built.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(CompileError);
  return (error as CompileError).message;
}

/** Process IDs of programs with this text in their command lines. */
function processesWith(text: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
    } catch {
      return false;
    }
  });
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-limits-"));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

describe("the compiler from npm", { timeout: 900_000 }, () => {
  test("is ended after its time, and the next build works", async () => {
    const compiler = await threadedYowaspCompiler({ seconds: 20 });
    expect(await refusedText(compiler, endless)).toContain("clang did not answer within 20 s");
    expect(await refused(compiler, "int x = ;")).toContain("expected expression");
  });

  test("is ended if it takes too much memory", async () => {
    const compiler = await threadedYowaspCompiler({ bytes: 2 ** 28 });
    expect(await refused(compiler, gigabyte)).toMatch(/needs more than 256 MiB of memory|large/);
  });
});

describe.skipIf(clang === undefined || process.platform !== "linux")(
  "an installed clang",
  {
    timeout: 600_000,
  },
  () => {
    const compiler = (limits = {}): WasmCompiler => systemCompiler(clang ?? "", limits);

    test("is ended after its time", async () => {
      expect(await refused(compiler({ seconds: 2 }), bomb(9))).toMatch(
        /(did not answer within|used more than) 2 s/,
      );
    });

    test("is ended if it takes too much memory or writes too much", async () => {
      const text = await refused(compiler({ bytes: 2 ** 29 }), bomb(9));
      expect(text).toContain("needs more than 512 MiB of memory");
      expect(await refused(compiler(), gigabyte)).toMatch(
        /wrote more than 256 MiB|needs more than/,
      );
    });

    test("prints a limited number of bytes", async () => {
      const warnings = Array.from({ length: 40_000 }, (_, i) => `#warning ${"x".repeat(150)}${i}`);
      expect(await refused(compiler(), warnings.join("\n"))).toContain("printed more than 4 MiB");
    });

    /** Starts a process that compiles for a minute; returns it once its compiler runs. */
    async function start(): Promise<ChildProcess> {
      const bundle = await rolldown({
        input: join(import.meta.dirname, "../src/node/system-compiler.ts"),
        platform: "node",
        external: /^[^./]/,
        resolve: { extensionAlias: { ".js": [".ts"] } },
      });
      await bundle.write({ file: join(top, "compiler.mjs"), format: "esm", codeSplitting: false });
      await bundle.close();
      writeFileSync(
        join(top, "start.mjs"),
        `import { systemCompiler } from "./compiler.mjs";
const compiler = systemCompiler(${JSON.stringify(clang)});
const files = new Map([["a.c", ${JSON.stringify(bomb(9))}]]);
const flags = ["--target=wasm32", "-ffreestanding"];
await Promise.all([1, 2, 3].map(() => compiler.compile(flags, "a.c", files)));
`,
      );
      const child = spawn(process.execPath, [join(top, "start.mjs")], {
        env: { ...process.env, TMPDIR: top },
        stdio: "inherit",
      });
      await expect
        .poll(() => processesWith(`${top}/bpf-token-upstream-`).length, { timeout: 60_000 })
        .toBeGreaterThanOrEqual(3);
      return child;
    }

    test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
      "ends when %s ends its parent, and leaves no folder",
      async (signal) => {
        const child = await start();
        const ended = new Promise((resolve) => child.on("exit", (_, by) => resolve(by)));
        child.kill(signal);
        expect(await ended).toBe(signal);
        await expect
          .poll(() => processesWith(`${top}/bpf-token-upstream-`), { timeout: 60_000 })
          .toEqual([]);
        expect(readdirSync(top).filter((name) => name.startsWith("bpf-token-upstream-"))).toEqual(
          [],
        );
      },
    );

    test("ends when its parent is killed", async () => {
      const child = await start();
      child.kill("SIGKILL");
      await expect
        .poll(() => processesWith(`${top}/bpf-token-upstream-`), { timeout: 60_000 })
        .toEqual([]);
    });
  },
);

test("the tests of an installed clang have one", (context) => {
  if (clang === undefined) context.skip("upstream: no clang with wasm-ld on this machine");
  expect(findSystemCompiler()?.id).toBe(systemCompiler(clang ?? "").id);
});
