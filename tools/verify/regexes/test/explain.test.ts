// SPDX-License-Identifier: MIT
import { afterEach, expect, test } from "vitest";
import { sample } from "../../../../packages/conformance/test/sample.ts";
import { explainText } from "../../../../packages/diagnose/src/index.ts";
import { startAnswer } from "../../../../packages/playground/src/start/answer.ts";
import { ALLOWED } from "../lib/growth.mjs";
import { StepCounter } from "../lib/steps.mjs";

const exec = RegExp.prototype.exec;
afterEach(() => {
  RegExp.prototype.exec = exec;
});

/** Counts the steps of all expressions while a function runs. */
async function stepsOf(work: () => unknown): Promise<number> {
  const searches: (readonly [source: string, flags: string, text: string])[] = [];
  RegExp.prototype.exec = function (this: RegExp, text: string) {
    const rest = this.global || this.sticky ? text.slice(this.lastIndex) : text;
    searches.push([this.source, this.flags, rest]);
    return exec.call(this, text);
  };
  await work();
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
  async (pump) => {
    const line = (size: number) => pump.start + pump.word.repeat(size / pump.word.length);
    const inPage = (text: string) => startAnswer({ text, loader: "libbpf" });
    for (const run of [explainText, inPage]) {
      const few = await stepsOf(() => run(line(pump.size)));
      const many = await stepsOf(() => run(line(pump.size * 4)));
      expect(few).toBeGreaterThan(100);
      expect(Math.log(many / few) / Math.log(4)).toBeLessThan(ALLOWED);
    }
  },
);
