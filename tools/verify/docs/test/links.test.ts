// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { unmodelledFeatures } from "@bpf-token/kernel-wasm";
import { expect, test } from "vitest";
import { brokenLinks, reachable } from "../../../lib/links.mjs";
import { pages } from "../../../lib/pages.mjs";
import { root } from "../../../lib/run.mjs";

const all: readonly string[] = pages();

test("every link to a file of the repository has a target", () => {
  expect(brokenLinks(all)).toEqual([]);
});

test("every page of docs is within two clicks of README.md", () => {
  const reached = reachable("README.md", 2);
  const docs = all.filter((page) => page.startsWith("docs/"));
  expect(docs.length).toBeGreaterThan(20);
  expect(docs.filter((page) => !reached.has(page))).toEqual([]);
});

test("docs/limits.md names every unmodelled rule", () => {
  const page = readFileSync(`${root}docs/limits.md`, "utf8");
  const rules = unmodelledFeatures.flatMap((one) => one.rules);
  expect(rules.length).toBeGreaterThan(3);
  expect(rules.filter((rule) => !page.includes(rule))).toEqual([]);
});

test("pages spell the program name consistently", () => {
  const other = all.filter((page) =>
    /npx (--\S+ )+bpf-token/.test(readFileSync(root + page, "utf8")),
  );
  expect(other).toEqual([]);
});
