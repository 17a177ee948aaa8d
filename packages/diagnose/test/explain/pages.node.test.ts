// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingIds, findingText } from "../../src/index.ts";
import { fromBundle, situations } from "./situations.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** The sections of a page by their headings, each in one line. */
function sectionsOf(page: string): ReadonlyMap<string, string> {
  const sections = read(page).split(/^##+ /m).slice(1);
  return new Map(
    sections.map((text) => [text.split("\n", 1)[0] ?? "", text.replaceAll(/\s+/g, " ")]),
  );
}

test.each([
  ["explain.", "../../../../docs/explain.md"],
  ["doctor.", "../../../../docs/doctor.md"],
  ["trace.", "../../../../docs/trace.md"],
])(
  "the page of the causes %s has a section for each, with what decides and each fix",
  (prefix, page) => {
    const sections = sectionsOf(page);
    const ids = findingIds().filter((id) => id.startsWith(prefix));
    expect(ids.length).toBeGreaterThan(6);
    expect([...sections.keys()].filter((id) => id.startsWith(prefix)).sort()).toEqual(ids);
    for (const id of ids) {
      const { decides = "", fix = [] } = findingText(id) ?? {};
      for (const text of [decides, ...fix])
        expect([id, sections.get(id)]).toEqual([id, expect.stringContaining(text)]);
    }
  },
);

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
