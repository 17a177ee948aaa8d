// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import {
  applyFixes,
  type LintFinding,
  type LintOptions,
  lintFindings,
  lintText,
} from "../../src/lint/index.ts";
import { loads } from "./outcome.ts";

const optionsFor = ({ id, policy }: LintFinding): LintOptions => ({
  auditor: true,
  ...(id === "lint.unknown_to_release" && { release: "6.12" }),
  ...(policy !== undefined && { policy }),
});

describe("the examples of each finding", () => {
  test.each(lintFindings.map((finding) => [finding.id, finding] as const))("%s", (id, finding) => {
    const { bad, good, loads: loadsToo = false } = finding;
    const ids = ({ file, text }: typeof bad): readonly string[] =>
      lintText(file, text, optionsFor(finding)).map((result) => result.finding.id);
    expect(ids(bad)).toContain(id);
    expect(
      finding.policy === undefined ||
        !lintText(bad.file, bad.text).some((one) => one.finding === finding),
    ).toBe(true);
    expect(ids(good)).not.toContain(id);
    expect(lintText(good.file, good.text)).toEqual([]);
    expect(loads(good.text), "the good example").toBe(true);
    expect(loads(bad.text), "the bad example").toBe(loadsToo);
  });

  test.each(
    lintFindings.filter(({ safe }) => safe).map((finding) => [finding.id, finding] as const),
  )("--fix turns the bad example of %s into the good one", (_, finding) => {
    const { bad, good } = finding;
    const results = lintText(bad.file, bad.text, optionsFor(finding));
    expect(applyFixes(bad.text, results).text).toBe(good.text);
  });
});
