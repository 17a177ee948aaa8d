// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { importedNames, withoutImports } from "../lib/quick.mjs";

test("the names that files import from a package", () => {
  const one =
    'import { b, a as c } from "@bpf-token/uapi";\nimport { d } from "@bpf-token/syscall";\n';
  const two = 'import { a } from "@bpf-token/uapi";\n';
  expect(importedNames([one, two], "@bpf-token/uapi")).toEqual(["a", "b"]);
  expect(importedNames([one, two], "@bpf-token/syscall")).toEqual(["d"]);
  expect(importedNames([one, two], "@bpf-token/object")).toEqual([]);
});

test("a module of the quick start without import()", () => {
  const code = 'const a = await import("node:net");\nconst b = await import("./other.js");\n';
  expect(withoutImports(code)).toBe(
    'const a = await Promise.resolve(require("node:net"));\nconst b = await import("./other.js");\n',
  );
  const needed = 'const c = await import("@bpf-token/kernel-wasm");\n';
  expect(withoutImports(needed)).toBe(
    'import * as needed1 from "@bpf-token/kernel-wasm";\nconst c = await Promise.resolve(needed1);\n',
  );
});
