// SPDX-License-Identifier: MIT
// Mutants of this repository's own source: how they are named, and which ones a sample has.
import { createHash } from "node:crypto";

const digest = (...words) => createHash("sha256").update(words.join("\0")).digest("hex");

/**
 * Gives each mutant of a file an id that stays the same when other lines change.
 *
 * @param mutants - with `rule`, the new text `to`, and `line`, from 1.
 * @returns the mutants with `file`, `id` and the `code` of the line.
 */
export function named(file, text, mutants) {
  const lines = text.split("\n");
  const seen = new Map();
  return mutants.map((mutant) => {
    const code = (lines[mutant.line - 1] ?? "").trim();
    const what = [file, code, mutant.rule, mutant.to].join("\0");
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    return { ...mutant, file, code, id: digest(what, String(nth)).slice(0, 12) };
  });
}

/**
 * Takes a part of the mutants. The same seed takes the same ones, and after a change of the source
 * nearly the same ones.
 */
export function sampled(mutants, count, seed) {
  return mutants
    .map((mutant) => ({ mutant, rank: digest(String(seed), mutant.id) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
}

const isBefore = (a, b) => a.line < b.line || (a.line === b.line && a.column <= b.column);

/** Whether a mutant is at a place inside of another one, or at the same place. */
function isInside(inner, outer) {
  if (inner.file !== outer.file || outer.location === undefined) return inner === outer;
  const { start, end } = inner.location;
  return isBefore(outer.location.start, start) && isBefore(end, outer.location.end);
}

/**
 * As sampled(), for mutants that have a `location`: Stryker changes a place together with those inside
 * of it, which take as long. So they count, and a sample of 100 has 100 and not 400.
 */
export function sampledWithInner(mutants, count, seed) {
  const found = new Set();
  for (const outer of sampled(mutants, mutants.length, seed)) {
    if (found.size >= count) break;
    for (const inner of mutants) if (isInside(inner, outer)) found.add(inner);
  }
  return [...found];
}

/** The lines that `git diff -U0` adds or changes, by file. */
export function changedLines(diff) {
  const files = new Map();
  let lines;
  for (const row of diff.split("\n")) {
    const file = /^\+\+\+ b\/(.*)$/.exec(row)?.[1];
    if (file !== undefined) {
      lines = new Set();
      files.set(file, lines);
    }
    const [, first, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(row) ?? [];
    for (let i = 0; first !== undefined && i < Number(count); i++) lines?.add(Number(first) + i);
  }
  return files;
}

/** The share of found mutants in percent, without those that have no effect. */
export function score({ found, missed, equivalent }) {
  const all = found + missed - equivalent;
  return all === 0 ? 100 : (100 * found) / all;
}

/**
 * The range in percent in which the score of all mutants is with a probability of 95 %, if the judged
 * ones are a random sample: Wilson's interval.
 */
export function range({ found, missed, equivalent }) {
  const [all, z] = [found + missed - equivalent, 1.96];
  if (all === 0) return [0, 100];
  const share = found / all;
  const middle = share + z ** 2 / (2 * all);
  const spread = z * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  return [middle - spread, middle + spread].map((one) => (100 * one) / (1 + z ** 2 / all));
}
