// SPDX-License-Identifier: MIT
import { afterEach, expect, test } from "vitest";
import { sample } from "../../../../packages/conformance/test/sample.ts";
import { explainText } from "../../../../packages/diagnose/src/index.ts";
import { explainAnswer } from "../../../../packages/playground/src/explain/answer.ts";
import { ALLOWED } from "../lib/growth.mjs";
import { StepCounter } from "../lib/steps.mjs";

const exec = RegExp.prototype.exec;
afterEach(() => {
  RegExp.prototype.exec = exec;
});

/** Counts the steps of all expressions while a function runs. */
function stepsOf(work: () => void): number {
  const searches: (readonly [source: string, flags: string, text: string])[] = [];
  RegExp.prototype.exec = function (this: RegExp, text: string) {
    const rest = this.global || this.sticky ? text.slice(this.lastIndex) : text;
    searches.push([this.source, this.flags, rest]);
    return exec.call(this, text);
  };
  work();
  RegExp.prototype.exec = exec;
  const counters = new Map<string, StepCounter>();
  return searches.reduce((sum, [source, flags, text]) => {
    const counter = counters.get(`/${source}/${flags}`) ?? new StepCounter(source, flags);
    counters.set(`/${source}/${flags}`, counter);
    return sum + counter.count(text);
  }, 0);
}

const pumps: readonly (readonly [start: string, word: string])[] = [
  ["cgroup ", "attach"],
  ["bpf ", "attach"],
  ["bpf ", "remov"],
  ["", "bpf extern ksym "],
  ["", "create token "],
  ["", "Lockdown: bpf: "],
  ["12: (85) call bpf_x#1 ", "; "],
  ["bpf(BPF_PROG_LOAD, {insns=[", "insns=["],
];

// The first sizes are below the part of a line that a rule sees at once, the others above it.
const cases = pumps.flatMap(([start, word]) => [
  { start, word, size: 800 },
  { start, word, size: 8_000 },
]);

test.each(sample(cases, 11))(
  "a line of '$start' and '$word' costs steps in proportion, from $size bytes on",
  (pump) => {
    const line = (size: number) => pump.start + pump.word.repeat(size / pump.word.length);
    for (const run of [explainText, (text: string) => explainAnswer({ text })]) {
      const [few, many] = [pump.size, pump.size * 4].map((size) => stepsOf(() => run(line(size))));
      expect(few).toBeGreaterThan(100);
      expect(Math.log((many ?? Infinity) / (few ?? 0)) / Math.log(4)).toBeLessThan(ALLOWED);
    }
  },
);
