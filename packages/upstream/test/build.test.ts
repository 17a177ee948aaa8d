// SPDX-License-Identifier: MIT
import { createKernel, originOf, ReleaseMismatchError } from "@bpf-token/kernel-wasm";
import { BpfError, createMap, createToken, delegateBpffs, unshare } from "@bpf-token/syscall";
import { beforeAll, describe, expect, test } from "vitest";
import {
  buildUpstream,
  CompileError,
  SourceError,
  type UpstreamFile,
  type UpstreamModule,
  type WasmCompiler,
  yowaspCompiler,
} from "../src/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

const file = (text: string) => ({ path: TOKEN, bytes: new TextEncoder().encode(text) }) as const;
/** The line that answers the first ENOLINK. */
const LINE = noTokens.split("\n").indexOf("\treturn -ENOLINK;") + 1;
let compiler: WasmCompiler;

beforeAll(async () => {
  compiler = await yowaspCompiler();
}, 600_000);

async function refused(text: string): Promise<CompileError> {
  const built = buildUpstream([file(text)], { compiler, release: "6.12" });
  const error: unknown = await built.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(CompileError);
  return error as CompileError;
}

describe("a token.c in place of the model's own", () => {
  let built: UpstreamModule;

  beforeAll(async () => {
    built = await buildUpstream([file(noTokens)], { compiler, release: "6.12" });
  }, 600_000);

  test("answers, and the code around it is the model", () => {
    const kernel = createKernel({ module: built.module });
    expect(kernel).toMatchObject({ backend: "upstream", release: "6.12" });
    expect(kernel.features).toMatchObject({ refusals: false, verifier: false, fileLimits: false });
    const app = kernel.init.fork();
    unshare(app, "user", "mnt");
    const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
    expect(() => createToken(app, bpffs)).toThrow(/ENOLINK/);
    const map = { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 } as const;
    expect(createMap(kernel.init, map).fd).toBeGreaterThan(0);
    expect(() => createMap(app, map)).toThrow(BpfError);
    kernel.close();
  });

  test("the module has an origin and supports only its release", () => {
    expect(built.warnings).toEqual([]);
    expect(built.origin.files).toMatchObject([{ path: TOKEN, size: noTokens.length }]);
    expect(originOf(new WebAssembly.Module(built.wasm))).toEqual(built.origin);
    expect(() => createKernel({ module: built.module, release: "6.18" })).toThrow(
      ReleaseMismatchError,
    );
    expect(originOf(new WebAssembly.Module(built.wasm.slice(0, 8)))).toBeUndefined();
  });

  test("the origin lists the functions that it calls", () => {
    expect(built.origin.files[0]?.uses).toContain("capable");
  });
});

describe("an error of the compiler or linker", () => {
  test("has file, line and the missing kernel API", {
    timeout: 600_000,
  }, async () => {
    const call = await refused(noTokens.replace("return -ENOLINK", "return token_of_tomorrow()"));
    expect(call.missing).toEqual(["token_of_tomorrow"]);
    expect(call.diagnostics[0]).toMatchObject({ file: TOKEN, line: LINE, kind: "error" });
    expect(call.message).toContain("the stub kernel has no token_of_tomorrow");
    const header = await refused(`#include <linux/tomorrow.h>\n${noTokens}`);
    expect(header.missing).toEqual(["linux/tomorrow.h"]);
    const member = await refused(noTokens.replace("\treturn false", "\treturn token->tomorrow"));
    expect(member.missing).toEqual(["tomorrow"]);
  });

  test("names a missing function that the model calls", { timeout: 600_000 }, async () => {
    const error = await refused(noTokens.replaceAll("bpf_token_put", "bpf_token_drop"));
    expect(error.missing).toEqual(["bpf_token_put"]);
    expect(error.message).toContain("does not link");
  });

  test("lists nothing as missing for a plain mistake", { timeout: 600_000 }, async () => {
    const error = await refused(noTokens.replace("return -ENOLINK;", "return -ENOLINK"));
    expect(error.missing).toEqual([]);
    expect(error.diagnostics[0]).toMatchObject({ line: LINE, missing: undefined });
    expect(error.message).toContain("error: expected ';'");
  });
});

test("warnings do not fail the build and are returned", { timeout: 600_000 }, async () => {
  const text = noTokens.replace("\treturn -ENOLINK;", "\tint unused;\n\treturn -ENOLINK;");
  const { warnings } = await buildUpstream([file(text)], { compiler, release: "6.9" });
  expect(warnings).toMatchObject([{ kind: "warning", line: LINE, file: TOKEN }]);
});

test("an unknown file needs a release", async () => {
  const built = buildUpstream([file(noTokens)], { compiler });
  await expect(built).rejects.toThrow(SourceError);
  await expect(built).rejects.toThrow(/Fix: name the release/);
});

test("an error of one file waits for the compiler of the other", async () => {
  let running = 0;
  const slow: WasmCompiler = {
    id: "slow",
    compile: async (_, path) => {
      running++;
      await new Promise((resolve) => setTimeout(resolve, path === TOKEN ? 0 : 100));
      running--;
      return { ok: false, log: `${path}:1:1: error: no`, output: undefined };
    },
    link: () => Promise.reject(new Error("not used")),
  };
  const bytes = new TextEncoder().encode("int x;");
  const files = [TOKEN, "kernel/bpf/inode.c"].map((path) => ({ path, bytes }) as UpstreamFile);
  const build = buildUpstream(files, { compiler: slow, release: "6.12" });
  await expect(build).rejects.toThrow(CompileError);
  expect(running).toBe(0);
});
