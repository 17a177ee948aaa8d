// SPDX-License-Identifier: GPL-2.0-only
import { expect, test } from "vitest";
import { createKernel, ModuleError, originOf } from "../src/index.ts";
import { loadSdk, type ModuleOrigin, withOrigin } from "../src/sdk.ts";

const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test("headers have the kernel's names, and internal headers are not included", async () => {
  const { headers } = await loadSdk();
  expect(headers.get("include/linux/bpf.h")).toContain("bpf_token_create");
  expect(headers.has("include/uapi/linux/bpf.h")).toBe(true);
  const elsewhere = [...headers.keys()].filter(
    (path) => !/^(include\/(linux|uapi)|kernel\/bpf\/preload)\//.test(path),
  );
  expect(elsewhere).toEqual([]);
});

test("objects are relocatable: the kernel, and the model's file for each slot", async () => {
  const { kernel, slots } = await loadSdk();
  expect([...slots.keys()].sort()).toEqual(["kernel/bpf/inode.c", "kernel/bpf/token.c"]);
  const imported = new Set(
    WebAssembly.Module.imports(new WebAssembly.Module(kernel)).map(({ name }) => name),
  );
  expect(imported).toContain("bpf_token_create");
  for (const object of slots.values()) {
    expect(
      WebAssembly.Module.customSections(new WebAssembly.Module(object), "linking"),
    ).toHaveLength(1);
  }
});

test("is unpacked once", async () => {
  expect(await loadSdk()).toBe(await loadSdk());
});

test("originOf() reads back an origin of any length", () => {
  const file = { path: "kernel/bpf/token.c", sha256: "00", size: 1, uses: ["x".repeat(20_000)] };
  const origin: ModuleOrigin = { release: "6.12", files: [file], revision: "of a test" };
  expect(originOf(new WebAssembly.Module(withOrigin(empty, origin)))).toEqual(origin);
  expect(originOf(new WebAssembly.Module(empty))).toBeUndefined();
});

test("originOf() throws for an invalid origin section", () => {
  const wrong = (text: string) => {
    const origin = JSON.parse(text) as ModuleOrigin;
    return () => createKernel({ module: new WebAssembly.Module(withOrigin(empty, origin)) });
  };
  expect(wrong('{"release": "6.13", "files": []}')).toThrow(ModuleError);
  expect(wrong('{"release": "6.12"}')).toThrow(/has no release or no files/);
  expect(wrong("null")).toThrow(ModuleError);
});
