// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { fillTemplate } from "../template.mjs";

function template(text: string): URL {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-template-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "a.c"), text);
  return pathToFileURL(join(folder, "a.c"));
}

test("replaces every name, and drops the licence line", () => {
  const url = template("/* SPDX-License-Identifier: MIT */\n\nint @a@ = @b@; /* @a@, $& */\n");
  expect(fillTemplate(url, { a: "$1", b: 2 })).toBe("int $1 = 2; /* $1, $& */");
});

test("a name without a value and an unused value are errors", () => {
  const url = template("int @a@;\n");
  expect(() => fillTemplate(url)).toThrow("a.c: no value for @a@");
  expect(() => fillTemplate(url, { a: 1, b: 2 })).toThrow("a.c: @b@ is not used");
});
