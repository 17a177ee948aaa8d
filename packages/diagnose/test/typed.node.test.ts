// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packages = fileURLToPath(new URL("../../", import.meta.url));
/** The files that print what a decision required and found. Each has its lines here. */
const printing = [
  "bpf-token/src/explain/refusal.ts",
  "diagnose/src/replay/judge.ts",
  "playground/src/try/answer.ts",
];
const reads =
  /\w\.(?:needed|present)\b|\{[^{}]*\b(?:needed|present)\b[^{}]*\}(?:: DecisionStep| = found)/;
const decides = /\.(?:exec|test|match|matchAll|includes|startsWith|split)\(/;

test("what a decision required and found is printed, and nothing reads it to decide", () => {
  const files = readdirSync(packages)
    .flatMap((name) => sourcesOf(name))
    .map((name) => ({
      name,
      lines: readFileSync(`${packages}${name}`, "utf8").split("\n").filter(isCode),
    }))
    .map(({ name, lines }) => ({ name, lines: lines.filter((line) => reads.test(line)) }))
    .filter(({ lines }) => lines.length > 0);
  expect(files.map(({ name }) => name).sort()).toEqual(printing);
  expect(files.flatMap(({ lines }) => lines.filter((line) => decides.test(line)))).toEqual([]);
});

const isCode = (line: string): boolean => !/^\s*\*/.test(line);

/** The sources of a package that may read decisions. */
function sourcesOf(name: string): readonly string[] {
  const folder = `${name}/src`;
  if (!existsSync(`${packages}${folder}`)) return [];
  return readdirSync(`${packages}${folder}`, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith(".ts") && !/generated|\/refusals\//.test(path));
}
