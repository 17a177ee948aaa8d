// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { section, withSection } from "../lib/page.mjs";

const result = {
  ...{ programs: 4, equal: 3, errnoEqual: 3, refused: 1, logEqual: 1, notModelled: 2 },
  ...{
    notCompared: 1,
    runs: 0,
    runsExpected: 0,
    runsAsGuest: 0,
    runsNotModelled: 0,
    runsOfArenas: 0,
  },
  differences: [
    "different verdict: a.o p: module accepted, guest refused (x: ENOENT)",
    "not modelled: a.o q: bpf_iter_tcp",
    "not modelled: b.o r: bpf_iter_tcp",
    "not compared: c.o s: kernel lost: task 3 did not answer",
  ],
};
const about = { sha256: "1".repeat(64), source: "2".repeat(64) };
const common = { module: "6.12.118", guest: "6.12.118+deb13", about, date: "2026-11-28" };

test("a section has the counts, and each exception by name and reason", () => {
  const text = section({ ...common, release: "6.12", kind: "debian", result });
  expect(text).toContain("| equal verdict | 3 (75.0 %) |");
  expect(text).toContain("- not modelled: bpf_iter_tcp, 2 programs: `a.o q`, `b.o r`");
  expect(text).toContain(
    "- not compared: kernel lost: the task did not answer, 1 program: `c.o s`",
  );
  expect(text).toContain("`a.o p` (module accepted, guest refused (x: ENOENT); the BTF has");
  expect(text).not.toContain("__retval");
});

test("runs count only where there are some", () => {
  const ran = {
    ...{ ...result, runs: 210, runsExpected: 196, runsAsGuest: 2 },
    ...{ runsNotModelled: 12, runsOfArenas: 10 },
  };
  const text = section({ ...common, release: "7.3", kind: "selftests", result: ran });
  expect(text).toContain("no pages of arenas | 10 |");
  expect(text).toContain("for another reason, by name | 2 |");
  expect(text).toContain("return the expected value | 196 |");
  expect(text).toContain("of all without arenas | 99.0 % |");
});

test("a new section replaces the older one of its kind, and the order stays", () => {
  const of = (release: string, kind: string, date: string) => {
    const none = { ...result, differences: [] };
    return section({ ...common, release, kind, date, result: none });
  };
  const first = withSection("", of("7.3", "selftests", "day 1"));
  const both = withSection(first, of("6.12", "selftests", "day 2"));
  const again = withSection(both, of("7.3", "selftests", "day 3"));
  expect(again.match(/^## .*$/gm)).toEqual([
    "## Linux 6.12: the kernel's tests `verifier_*`",
    "## Linux 7.3: the kernel's tests `verifier_*`",
  ]);
  expect(again).toContain("day 2");
  expect(again).toContain("day 3");
  expect(again).not.toContain("day 1");
  expect(again.match(/^# /gm)).toHaveLength(1);
  expect(withSection(again, of("7.3", "selftests", "day 3"))).toBe(again);
});
