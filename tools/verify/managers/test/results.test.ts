// SPDX-License-Identifier: MIT
import { afterEach, expect, test, vi } from "vitest";
import { judge, readResults } from "../lib/results.mjs";

const output = `Linux
loaded
RESULT full 0
map: failed to create: -EPERM
RESULT less 255
the token lacks
map type array
RESULT doctor 1
`;

afterEach(() => {
  vi.restoreAllMocks();
});

test("each result has the text before it", () => {
  expect([...readResults(output)]).toEqual([
    ["full", { code: 0, text: "Linux\nloaded\n" }],
    ["less", { code: 255, text: "map: failed to create: -EPERM\n" }],
    ["doctor", { code: 1, text: "the token lacks\nmap type array\n" }],
  ]);
});

test.each([
  [
    "the expected code and text",
    { full: { code: 0 }, doctor: { code: 1, text: /lacks map type array/ } },
    true,
  ],
  ["any failure", { less: { code: "failed", text: /EPERM/ } }, true],
  ["another code", { full: { code: 1 } }, false],
  ["no failure", { full: { code: "failed" } }, false],
  ["another text", { doctor: { code: 1, text: /lacks program type/ } }, false],
  ["no result", { none: { code: 0 } }, false],
])("%s", (_name, expected, fine) => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  expect(judge(output, expected)).toBe(fine);
  expect(String(lines.mock.calls[0]?.[0])).toMatch(fine ? /^ok: / : /^DIFFERS: /);
});
