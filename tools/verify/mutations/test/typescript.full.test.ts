// SPDX-License-Identifier: MIT
// Part of the full run only, because it installs tools/lab.
import { expect, test } from "vitest";
import { mutantsOfTypeScript } from "../own/typescript.mjs";

interface Mutant {
  readonly rule: string;
  readonly to: string;
  readonly line: number;
}

test("TypeScript has no mutants of texts, and lines count from 1", async () => {
  const text = `export const f = (a: number): string =>\n  a > 1 ? "more" : "less";\n`;
  const mutants = (await mutantsOfTypeScript("f.ts", text)) as readonly Mutant[];
  expect(new Set(mutants.map(({ rule }) => rule))).toEqual(
    new Set(["ArrowFunction", "ConditionalExpression", "EqualityOperator"]),
  );
  expect(mutants.find(({ to }) => to === "a >= 1")?.line).toBe(2);
});
