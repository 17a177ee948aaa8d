// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ownCauses } from "../../src/index.ts";
import { fromBundle, situations } from "./situations.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("docs/explain.md has a section for each own cause, with what decides and each fix", () => {
  const page = read("../../../../docs/explain.md");
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.split("\n", 1)[0] ?? "", text]),
  );
  const own = Object.entries(ownCauses).filter(([id]) => id.startsWith("explain."));
  expect([...sections.keys()].sort()).toEqual(own.map(([id]) => id).sort());
  for (const [id, { decides, fix }] of own) {
    for (const text of [decides, ...fix])
      expect([id, sections.get(id)]).toEqual([id, expect.stringContaining(text)]);
  }
});

test("the other own causes have a section in docs/doctor.md", () => {
  const page = read("../../../../docs/doctor.md");
  const ids = Object.keys(ownCauses).filter((id) => id.startsWith("doctor."));
  expect(ids.length).toBeGreaterThan(3);
  for (const id of ids) expect(page).toContain(`### ${id}\n`);
});

test("docs/doctor.md lists the situations that are tested from a log or a bundle only", () => {
  const page = read("../../../../docs/doctor.md");
  const listed = page.split("\n").filter((line) => /^\| \d+ \|.*`(?:log|bundle): /.test(line));
  expect(listed.length).toBeGreaterThan(3);
  const rows = situations.map(([number, what, answer, id]) => {
    const from = fromBundle.has(answer) ? "bundle" : "log";
    return `| ${number} | ${what} | \`${id}\` | \`${from}: situation ${number}\` |`;
  });
  expect(rows).toEqual(expect.arrayContaining(listed));
});
