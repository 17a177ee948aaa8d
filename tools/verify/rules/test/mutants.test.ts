// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../../build/core/lib/paths.mjs";
import { handMutants } from "../lib/plan.mjs";

const mutants = handMutants(root);

test.each([...new Set(mutants.map(({ place }) => place))])("mutants of %s still apply", (file) => {
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
  const astray = mutants
    .filter(({ place }) => place === file)
    .filter(({ edit }) => text.split(edit.find).length !== 2)
    .map(({ origin, name }) => `${origin}: ${name}: the replaced text does not occur exactly once`);
  expect(astray).toEqual([]);
});

test("mutants have unique names", () => {
  const names = mutants.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
