// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { importedNames } from "../lib/quick.mjs";

test("the names that files import from a package", () => {
  const one =
    'import { b, a as c } from "@bpf-token/uapi";\nimport { d } from "@bpf-token/syscall";\n';
  const two = 'import { a } from "@bpf-token/uapi";\n';
  expect(importedNames([one, two], "@bpf-token/uapi")).toEqual(["a", "b"]);
  expect(importedNames([one, two], "@bpf-token/syscall")).toEqual(["d"]);
  expect(importedNames([one, two], "@bpf-token/object")).toEqual([]);
});
