// SPDX-License-Identifier: MIT

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Outcome } from "../../src/cli/commands/test/formats.ts";
import { type FormatName, formats } from "../../src/cli/commands/test/formats.ts";
import { Output } from "../../src/cli/output.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: "/nonexistent" };
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
  writeFileSync(join(folder, "t.yaml"), "object: a.o\ntests:\n  - { name: a, program: p }\n");
  writeFileSync(join(folder, "bad.yaml"), "object: a.o\ntests:\n  - { nam: a }\n");
  writeFileSync(join(folder, "a.bpf.o"), "");
  writeFileSync(
    join(folder, "native.yaml"),
    "object: a.bpf.o\nkernels: [native]\ntests:\n  - { name: a, program: p }\n",
  );
  writeFileSync(
    join(folder, "fine.yaml"),
    "object: a.bpf.o\ntests:\n  - { name: a, program: p }\n",
  );
  writeFileSync(join(folder, "elf.yaml"), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 0));
  writeFileSync(join(folder, "fifo.yaml"), packetOf("."));
  writeFileSync(join(folder, "device.yaml"), packetOf("/dev/zero"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const packetOf = (file: string): string =>
  `object: a.o\ntests:\n  - { name: a, program: p, packet: { file: ${file} } }\n`;

test.each([
  [[], "FILE is missing"],
  [["t.yaml", "--kernels", "bpf:6.13"], "unknown kernels 'bpf:6.13'; did you mean 'bpf:6.12'?"],
  [["t.yaml", "--format", "xml"], "unknown format 'xml' (known: text, tap, junit, github)"],
  [["t.yaml", "--format", "tap", "--json"], "--json and --format exclude each other"],
  [["t.yaml", "--limit", "0"], "--limit needs a number of seconds, not '0'"],
  [["t.yaml", "--only", "b"], "no test has a name with 'b'"],
  [["t.yaml"], "a.o': the file does not exist"],
  [["none.yaml"], "none.yaml': the file does not exist"],
  [["t.yaml", "--coverage", "x", "--kernels", "native"], "'native' counts no lines"],
  [["t.yaml", "--coverage-html", "x", "--kernels", "native"], "--coverage-html needs a kernel"],
  [["native.yaml"], "native.yaml: only --kernels can name 'native', the running kernel"],
  [["elf.yaml"], "elf.yaml' is a BPF object; give the YAML file of its tests"],
  [["bad.yaml"], "bad.yaml:3:7: a test has no 'nam'; did you mean 'name'?"],
  [["fifo.yaml"], "fifo.yaml:3:44: .: is no regular file"],
  [["device.yaml"], "/dev/zero: is no regular file"],
])("refuses %j", async (words, message) => {
  const args = words.map((word) => (word.endsWith(".yaml") ? join(folder, word) : word));
  const { code, out, err } = await cli(["test", ...args], {}, env);
  expect(out + err).toContain(message);
  expect(code).toBe(2);
});

test("--coverage waits for no reader of a FIFO, and writes to no device", async () => {
  const pipe = join(folder, "pipe");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  for (const path of [pipe, "/dev/null", folder]) {
    const file = join(folder, "fine.yaml");
    const { code, err } = await cli(["test", file, "--coverage", path], {}, env);
    const why =
      path === folder
        ? "operation on a directory"
        : "is not a regular file. Fix: give the path of a";
    expect(err).toContain(`cannot write '${path}': `);
    expect(err).toContain(why);
    expect(code).toBe(3);
  }
});

const outcomes: readonly Outcome[] = [
  { ...base("fine", "passed"), instructions: 12 },
  {
    ...base("100% <a> # 1", "failed"),
    problems: [{ line: 7, column: 14, text: 'is "2", %\nexpected, 3' }],
  },
  { ...base("gap", "unmodelled"), problems: [{ line: 9, column: 5, text: "bpf_x is missing" }] },
];

function base(name: string, outcome: Outcome["outcome"]): Outcome {
  const where = { file: "t.yaml", kernel: "bpf:7.3", line: 3, column: 5 };
  return { ...where, name, outcome, problems: [], instructions: undefined };
}

function printed(format: FormatName): readonly string[] {
  const lines: string[] = [];
  const stdout = new Output({ write: (text) => lines.push(text.slice(0, -1)) });
  const line = (text?: string): void => stdout.line(text);
  const context = { line, io: { stdout }, paint: (_: string, text: string) => text };
  const printer = formats[format](context as never);
  for (const outcome of outcomes) printer.outcome?.(outcome);
  printer.end({ outcomes, covered: undefined });
  return lines;
}

test("TAP has a line for each test", () => {
  expect(printed("tap")).toEqual([
    "TAP version 14",
    "1..3",
    "ok 1 - t.yaml: fine (bpf:7.3)",
    "not ok 2 - t.yaml: 100% <a> \\# 1 (bpf:7.3)",
    '# t.yaml:7:14: is "2", % expected, 3',
    "ok 3 - t.yaml: gap (bpf:7.3) # SKIP bpf_x is missing",
    "# t.yaml:9:5: bpf_x is missing",
  ]);
});

test("JUnit has a suite for each file and kernel", () => {
  expect(printed("junit")).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    '  <testsuite name="t.yaml on bpf:7.3" tests="3" failures="1" skipped="1">',
    '    <testcase name="fine" classname="bpf:7.3" file="t.yaml" line="3"/>',
    '    <testcase name="100% &lt;a&gt; # 1" classname="bpf:7.3" file="t.yaml" line="3">',
    '      <failure message="is &quot;2&quot;, %&#10;expected, 3">t.yaml:7:14: is &quot;2&quot;, % expected, 3</failure>',
    "    </testcase>",
    '    <testcase name="gap" classname="bpf:7.3" file="t.yaml" line="3">',
    '      <skipped message="bpf_x is missing">t.yaml:9:5: bpf_x is missing</skipped>',
    "    </testcase>",
    "  </testsuite>",
    "</testsuites>",
  ]);
});

test("GitHub gets an annotation for each problem, with its place", () => {
  expect(printed("github").slice(0, 2)).toEqual([
    '::error file=t.yaml,line=7,col=14,title=100%25 <a> # 1 (bpf%3A7.3)::is "2", %25%0Aexpected, 3',
    "::warning file=t.yaml,line=9,col=5,title=gap (bpf%3A7.3)::bpf_x is missing",
  ]);
});
