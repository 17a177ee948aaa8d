// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../../build/core/lib/paths.mjs";
import { handMutants } from "../lib/plan.mjs";

const mutants = handMutants(root);

test.each([...new Set(mutants.map(({ place }) => place))])("mutants of %s still fit", (file) => {
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
  const astray = mutants
    .filter(({ place }) => place === file)
    .filter(({ edit }) => text.split(edit.find).length !== 2)
    .map(({ origin, name }) => `${origin}: ${name}: what it replaces does not stand there once`);
  expect(astray).toEqual([]);
});

test("no two mutants have one name", () => {
  const names = mutants.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
