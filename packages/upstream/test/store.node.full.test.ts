// SPDX-License-Identifier: MIT
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel } from "@bpf-token/kernel-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CompileError, type WasmCompiler, yowaspCompiler } from "../src/index.ts";
import {
  findSystemCompiler,
  storeFolder,
  systemCompiler,
  UpstreamStore,
} from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

const bytes = new TextEncoder().encode(noTokens);
const files = [{ path: TOKEN, bytes }] as const;
const release = "6.12";

describe("the store", () => {
  let folder: string;
  let compiler: WasmCompiler;
  let compiled = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-store-"));
    const npm = await yowaspCompiler();
    compiler = {
      ...npm,
      compile: (...args) => {
        compiled++;
        return npm.compile(...args);
      },
    };
  }, 600_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("builds a module once, lists it, runs it and removes it", { timeout: 600_000 }, async () => {
    const store = new UpstreamStore(folder);
    const request = { source: "mine.c", files, release, compiler } as const;
    expect(await store.list()).toEqual([]);
    expect(store.module("mine")).toBeUndefined();
    const first = await store.build({ name: "mine", ...request });
    expect(first).toMatchObject({ name: "mine", cached: false, current: true, source: "mine.c" });
    const second = await store.build({ name: "again", ...request });
    expect(second).toMatchObject({ cached: true, origin: first.origin, size: first.size });
    // as a kernel, as call sequences, and with recorded exits; and the clock
    expect(compiled).toBe(4);
    expect((await store.list()).map(({ name }) => name)).toEqual(["again", "mine"]);

    const module = new UpstreamStore(folder).module("mine");
    const kernel = createKernel(module === undefined ? {} : { module });
    expect(kernel.backend).toBe("upstream");
    kernel.close();

    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
    expect(texts.some((text) => text.includes("return -ENOLINK"))).toBe(false);

    expect(store.remove("mine")).toBe(true);
    expect(store.remove("mine")).toBe(false);
    expect(store.module("again")).toBeDefined();
    expect(store.remove("again")).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("rebuilds a damaged module", { timeout: 600_000 }, async () => {
    const store = new UpstreamStore(folder);
    const request = { name: "x", source: "x.c", files, release, compiler } as const;
    await store.build(request);
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "{ half");
    expect(await store.list()).toEqual([]);
    expect(store.problems()).toMatchObject([{ entry: "x" }]);
    expect(() => store.module("x")).toThrow(/^upstream:x cannot be used: it is not JSON\. Fix: /);
    expect(await store.build(request)).toMatchObject({ cached: false });
    expect(store.module("x")).toBeInstanceOf(WebAssembly.Module);
  });

  test("assigns no name if the build fails", { timeout: 600_000 }, async () => {
    const store = new UpstreamStore(folder);
    const wrong = [{ path: TOKEN, bytes: new TextEncoder().encode(`${noTokens}}`) }] as const;
    const built = store.build({ name: "wrong", source: "w.c", files: wrong, release, compiler });
    await expect(built).rejects.toThrow(CompileError);
    expect(store.module("wrong")).toBeUndefined();
  });

  test("refuses names that could be paths", async () => {
    const store = new UpstreamStore(folder);
    for (const name of ["../x", "", "a/b", "a@6.12", ".x"]) {
      const built = store.build({ name, source: "x.c", files, release, compiler });
      await expect(built, name).rejects.toThrow(RangeError);
    }
    expect(store.module("__proto__")).toBeUndefined();
  });
});

test("the store is outside of any project", () => {
  expect(storeFolder({ BPF_TOKEN_UPSTREAM: "/there" })).toBe("/there");
  expect(storeFolder({ XDG_CACHE_HOME: "/cache" })).toBe("/cache/bpf-token/upstream");
  expect(storeFolder({})).toMatch(/\/\.cache\/bpf-token\/upstream$/);
});

describe("an installed clang", () => {
  test("builds a module with the same answers", { timeout: 600_000 }, async (context) => {
    const clang = findSystemCompiler();
    if (clang === undefined) {
      context.skip("upstream: no clang with wasm-ld on this machine");
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "bpf-token-store-"));
    try {
      const store = new UpstreamStore(folder);
      const built = await store.build({ name: "c", source: "c", files, release, compiler: clang });
      expect(built.warnings).toEqual([]);
      expect(built.origin.files[0]?.uses).toContain("capable");
      const wrong = [
        { path: TOKEN, bytes: new TextEncoder().encode(`int x\n${noTokens}`) },
      ] as const;
      const error: unknown = await store
        .build({ name: "w", source: "w", files: wrong, release, compiler: clang })
        .catch((cause: unknown) => cause);
      expect((error as CompileError).diagnostics[0]).toMatchObject({ file: TOKEN, line: 1 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect(existsSync(folder)).toBe(false);
  });

  test("must be clang", () => {
    expect(() => systemCompiler("no-such-clang")).toThrow("no-such-clang cannot be run");
    expect(() => systemCompiler("tar")).toThrow(/^tar is not clang/);
  });
});
