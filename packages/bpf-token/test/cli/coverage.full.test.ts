// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

/** A replacement for upstream token.c, which never creates tokens. */
const text = fileURLToPath(new URL("../../../upstream/test/no-tokens.c", import.meta.url));
const story = `name: no token is made here
steps:
  - bpf: { cmd: TOKEN_CREATE, attr: { bpffs_fd: 0 } }
`;

let folder = "";
let scenario = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-coverage-"));
  scenario = join(folder, "scenario.yaml");
  writeFileSync(scenario, story);
});
afterAll(() => rmSync(folder, { recursive: true }));

const coverage = (...words: string[]) => cli(["coverage", ...words]);

describe("coverage of a source file", { timeout: 600_000 }, () => {
  test("counts the lines that a scenario runs", async () => {
    const words = [text, scenario, "--as", "6.12", "--sequences", "0"];
    const { code, out, err } = await coverage(...words);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(/^kernel\/bpf\/token\.c: \d+ of \d+ lines, \d+ of \d+ branches\n/);
    expect(out).toMatch(/\n +0 +\d+ {6}return capable\(cap\)/);
    expect(out).toMatch(/\n +column 9: never true\n/);
    expect(out).toContain("…");
    const all = await coverage(...words, "--all");
    expect(all.out).toMatch(/\n +1 +\d+ {6}return -ENOLINK;\n/);
    expect(all.out.split("\n").length).toBeGreaterThan(out.split("\n").length);
  });

  test("counts the lines that sequences run, as JSON", async () => {
    const { out } = await coverage(text, "--as", "6.12", "--sequences", "500", "--json");
    const { files } = JSON.parse(out) as {
      files: { path: string; lines: Record<string, number> }[];
    };
    const [file] = files;
    expect(file?.path).toBe("kernel/bpf/token.c");
    expect(Math.max(...Object.values(file?.lines ?? {}))).toBeGreaterThan(500);
  });
});

test.each([
  [[], 2, /SOURCE is missing/],
  [["/nowhere/token.c"], 2, /coverage: .*nowhere/],
  [[text], 2, /the release of the source is unknown; give one with --as/],
  [[text, "--as", "6.12", "--sequences", "many"], 2, /whole number/],
])("%j", async (words, code, said) => {
  const result = await coverage(...words);
  expect(result.code, result.err).toBe(code);
  expect(result.err).toMatch(said);
});
