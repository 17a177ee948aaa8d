// SPDX-License-Identifier: MIT
import { afterEach, expect, test, vi } from "vitest";
import { printErrors } from "../lib/random-report.mjs";

afterEach(() => void vi.restoreAllMocks());

/** A result as `npm run tool rules -- --random` has it. */
const result = (test: string | undefined, found: boolean) => ({
  mutant: { name: "MC-05: 7.2 refuses both early", sequences: "7.2" },
  killers: new Map([["MC-05", test === undefined ? null : { test, why: "another errno" }]]),
  random: { found, sequences: 25, seconds: 0.4 },
});

/** The exit code and the lines of a report. */
function printed(...results: readonly ReturnType<typeof result>[]) {
  const spy = vi.spyOn(console, "log").mockReturnValue();
  const code = printErrors(results);
  return { code, lines: spy.mock.calls.map(([line]) => String(line)) };
}

test("an error that a test and random sequences notice is proven", () => {
  const { code, lines } = printed(result("scenarios/map-create-access.yaml", true));
  expect(code).toBe(0);
  expect(lines[1]).toMatch(/^MC-05: 7.2 .+ {2}scenarios\/map-create-access.yaml +7.2 +after 25 /);
  expect(lines.at(-1)).toBe("1 errors, 0 not noticed in both ways");
});

test.each([
  ["no test", result(undefined, true), "NOT NOTICED  "],
  ["no sequence", result("scenarios/a.yaml", false), "NOT NOTICED in 25 sequences"],
])("an error that %s notices is reported", (_, one, text) => {
  const { code, lines } = printed(result("scenarios/a.yaml", true), one);
  expect(code).toBe(1);
  expect(lines[2]).toContain(text);
  expect(lines.at(-1)).toBe("2 errors, 1 not noticed in both ways");
});
