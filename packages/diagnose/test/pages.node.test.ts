// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("docs/doctor.md has a section for each id of doctor, and no other", () => {
  const folder = new URL("../src/doctor/", import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  sources.push(read("../src/explain/causes/netns.ts"));
  const used = new Set(sources.flatMap((text) => text.match(/(?<=")doctor\.\w+(?=")/g) ?? []));
  const described = read("../../../docs/doctor.md").match(/(?<=^### )doctor\.\w+$/gm) ?? [];
  expect(used.size).toBeGreaterThan(5);
  expect([...described].sort()).toEqual([...used].sort());
});
