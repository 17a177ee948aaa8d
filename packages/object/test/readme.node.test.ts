// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as object from "../src/index.ts";
import { compile } from "./clang.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What a block of the README leaves in its variables. */
function results(code: string, variables: readonly string[], bytes: Uint8Array): unknown[] {
  const body = code.replace(/^import \{(.*)\} from .*$/m, "const {$1} = object;");
  return new Function("object", "bytes", `${body}\nreturn [${variables}];`)(object, bytes);
}

test("the lines of the README do what they say", (context) => {
  const bytes = compile(context, "types");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const [names, members, size] = results(code, ["names", "members", "size"], bytes);
  expect(names).toContain("socket");
  expect(members).toHaveLength(13);
  expect(size).toBe(112);
});
