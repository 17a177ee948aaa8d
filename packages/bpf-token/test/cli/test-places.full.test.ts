// SPDX-License-Identifier: MIT
// The places of wrong names and values in a file of tests, and maps of maps by name.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const env = { BPF_TOKEN_BPF_KERNELS: bpfKernelFolder() };
const built = bpfKernelReleases();

/** Runs a file of tests of the object `inner`, and returns the lines after the first. */
async function runTests(context: TestContext, release: string, tests: string, ...more: string[]) {
  if (built.length === 0) context.skip("places of problems: no module of Linux was built");
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "t.yaml");
  writeFileSync(file, `object: ${compiled(context, "inner")}\n${tests}`);
  const { code, out } = await cli(["test", file, "--kernels", `bpf:${release}`, ...more], {}, env);
  const [, ...lines] = out.replaceAll(file, "t.yaml").trimEnd().split("\n");
  return { code, lines };
}

const one = (step: string): string =>
  `tests:\n  - { name: one, program: read_slot, packet: [eth, ipv4], ${step} }\n`;

describe.each(built.length > 0 ? built : ["6.12"])("problems on Linux %s", (release) => {
  test("a map of maps has the maps that a test names", async (context) => {
    const tests = `tests:
  - name: a map in a slot
    maps: { second: { 0: 3 }, slots: { 0: { map: second } } }
    program: read_slot
    packet: [eth, ipv4]
    returns: XDP_TX
    expect: { maps: { slots: { 0: { map: second }, 1: { map: first } } } }
  - name: an empty slot
    program: read_slot
    packet: [eth, ipv4]
    returns: XDP_PASS
    expect: { maps: { slots: { 0: ~ } } }
  - name: another map
    maps: { slots: { 0: { map: second } } }
    expect:
      maps:
        slots:
          0: { map: first }
  - name: no such map
    maps: { slots: { 0: { map: seconds } } }
    expect: {}
  - name: no such map is expected
    expect: { maps: { slots: { 1: { map: third } } } }
`;
    const { code, lines } = await runTests(context, release, tests);
    const [near, none] = [lines[5], lines[7]];
    expect(lines.filter((line) => line !== near && line !== none)).toEqual([
      ...["  passed      a map in a slot", "  passed      an empty slot"],
      "  FAILED      another map",
      "      t.yaml:19:14  slots[0] is second, expected first",
      ...["  FAILED      no such map", "  FAILED      no such map is expected"],
      "2 passed, 3 failed",
    ]);
    expect(near).toContain("t.yaml:21:25  the object has no map 'seconds'; did you mean 'second'?");
    expect(none).toContain("t.yaml:24:35  the object has no map 'third'; its maps: first, slots,");
    expect(code).toBe(1);
  });

  test("variables are as expected, or each difference has its place", async (context) => {
    const same = await runTests(context, release, one("expect: { variables: { seen: 1 } }"));
    expect([same.code, same.lines.at(-1)]).toEqual([0, "1 passed, 0 failed"]);
    const expected = `tests:
  - name: one
    program: read_slot
    packet: [eth, ipv4]
    expect:
      variables:
        seen: 2
`;
    const other = await runTests(context, release, expected);
    expect(other.lines.slice(0, 2)).toEqual([
      "  FAILED      one",
      "      t.yaml:8:9  seen is 1, expected 2",
    ]);
    expect(other.code).toBe(1);
  });

  test.for([
    ["programs: [read_slot]", undefined],
    ["variables: { seen: 4294967295 }", undefined],
    [
      "programs: [read_slot, red_slot]",
      "2:23  the object was not loaded: the object has no program 'red_slot'; did you mean 'read_slot'? Its programs: read_slot",
    ],
    [
      "programs:\n  - other",
      "3:5  the object was not loaded: the object has no program 'other'; its programs: read_slot",
    ],
    [
      "variables: { sen: 1 }",
      "2:14  the object was not loaded: the object has no variable 'sen'; did you mean 'seen'? Its variables: seen",
    ],
    [
      "variables: { seen: 4294967296 }",
      "2:14  the object was not loaded: seen: 4294967296 does not fit in 32 unsigned bits (0 to 4294967295)",
    ],
  ] as const)("a name or value at the load: %j", async ([line, problem], context) => {
    const tests = `${line}\n${one("returns: XDP_PASS")}`;
    const { code, lines } = await runTests(context, release, tests);
    if (problem === undefined)
      return expect([code, lines]).toEqual([0, ["  passed      one", "1 passed, 0 failed"]]);
    expect(lines.slice(0, 2)).toEqual(["  FAILED      load", `      t.yaml:${problem}`]);
    expect(code).toBe(1);
  });

  test.for([
    ["maps: { first: { 0: 4294967295 } }", undefined],
    [
      "maps: { first: { 0: 4294967296 } }",
      "3:79: first[0]: 4294967296 does not fit in 32 unsigned bits (0 to 4294967295)",
    ],
    [
      "maps: { first: { -1: 1 } }",
      "3:76: first: the key: -1 does not fit in 32 unsigned bits (0 to 4294967295)",
    ],
    [
      "expect: { maps: { first: { 0: -1 } } }",
      "3:89: first[0]: -1 does not fit in 32 unsigned bits (0 to 4294967295)",
    ],
  ] as const)("a number in a map, in TAP: %j", async ([step, problem], context) => {
    const { lines } = await runTests(context, release, one(step), "--format", "tap");
    const state = problem === undefined ? "ok" : "not ok";
    const name = `${state} 1 - t.yaml: one (bpf:${release})`;
    expect(lines).toEqual([
      "1..1",
      name,
      ...(problem === undefined ? [] : [`# t.yaml:${problem}`]),
    ]);
  });
});
