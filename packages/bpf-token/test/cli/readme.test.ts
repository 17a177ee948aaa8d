// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { BpfError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { cli } from "./run-cli.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const readmes = {
  "README.md": read("../../../../README.md"),
  "packages/bpf-token/README.md": read("../../README.md"),
};

/** The code blocks of a language. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter((m) => m[1] === language)
    .map((m) => m[2] ?? "");
}

/** Runs the lines that import from `bpf-token`; answers what they throw. */
function thrownBy(code: string): unknown {
  const body = code.replace(/import (\{[^}]*\}) from "bpf-token";/, "const $1 = library;");
  expect(body).toContain("= library;");
  try {
    new Function("library", body)(library);
  } catch (e) {
    return e;
  }
  return undefined;
}

describe.each(Object.entries(readmes))("%s", (_, text) => {
  test("the ten lines run, and the last one throws", () => {
    const thrown = blocks(text, "ts").map(thrownBy);
    expect(thrown).toHaveLength(1);
    expect(BpfError.is(thrown[0], "EPERM")).toBe(true);
  });
});

test("README.md shows real output", async () => {
  const [step = "", message = "", ...rest] = blocks(readmes["README.md"], "text");
  expect(rest).toEqual([]);
  expect((await cli(["demo"])).out).toContain(`\n\n${step}\n`);
  const [code = ""] = blocks(readmes["README.md"], "ts");
  expect((thrownBy(code) as Error).message).toBe(message.trimEnd());
});
