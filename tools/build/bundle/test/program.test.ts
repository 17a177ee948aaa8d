// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { assertNoCycle, pickNames } from "../lib/program.mjs";

test("an import of a few names on demand is one of a module that has only them", () => {
  expect(pickNames('const { a, b: c } = await import("@bpf-token/uapi");')).toBe(
    'const { a, b: c } = await import("pick:a,b:@bpf-token/uapi");',
  );
  expect(pickNames('const { a } = await import("./other.js");')).toBe(
    'const { a } = await import("pick:a:./other.js");',
  );
});

test.each([
  'const all = await import("@bpf-token/uapi");',
  'const { readFile } = await import("node:fs/promises");',
  '(await import("./commands/demo.js")).demo',
])("%s stays", (code) => {
  expect(pickNames(code)).toBe(code);
});

test("files that need each other are an error", () => {
  const [a, b] = [
    { fileName: "a.cjs", imports: ["b.cjs"] },
    { fileName: "b.cjs", imports: ["a.cjs"] },
  ];
  expect(() => assertNoCycle([a, b])).toThrow("files need each other: a.cjs, b.cjs, a.cjs");
  expect(() => assertNoCycle([a, { fileName: "b.cjs", imports: [] }])).not.toThrow();
});

test("every file may need the first one", () => {
  const start = { fileName: "start/start.cjs", imports: ["start/a.cjs"] };
  expect(() =>
    assertNoCycle([start, { fileName: "start/a.cjs", imports: ["start/start.cjs"] }]),
  ).not.toThrow();
});
