// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { explainText } from "../../../../packages/diagnose/src/index.ts";
import { fetchPackages } from "../lib/download.mjs";
import { isTooCertain, isUnknown, judgePackage, unusedPatterns } from "../lib/judge.mjs";
import { irrelevant, packages } from "../lib/read.mjs";

const MINUTES_20 = 1_200_000;

test(
  "explain knows each message of Debian's BPF programs about a refused step",
  async (context) => {
    const { versions, problems } = await fetchPackages(packages);
    if (problems.length > 0 && !process.env.CI) {
      context.skip(`messages: Debian's packages cannot be downloaded: ${problems.join("; ")}`);
    }
    expect(problems).toEqual([]);
    const answers = versions.flatMap((version: object) =>
      judgePackage(version, irrelevant, explainText),
    );
    expect(answers.length).toBeGreaterThan(800);
    expect(answers.filter(isUnknown)).toEqual([]);
    expect(answers.filter(isTooCertain)).toEqual([]);
    const texts = answers.map(({ text }: { text: string }) => text);
    expect(unusedPatterns(irrelevant, texts)).toEqual([]);
  },
  MINUTES_20,
);
