// SPDX-License-Identifier: MIT
// What survived, and how each rule is proven.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Mutants that no test can kill, since they change nothing that anybody could see; with reasons. */
function readEquivalent(top) {
  const folder = join(top, "tools/rules/equivalent");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

function killedAtAll({ killers }) {
  return [...killers.values()].some((killer) => killer !== null);
}

/** Orders: of all pairs of checks of two neighbouring rules, one must be told apart. */
function survivingPairs(results) {
  const pairs = new Map();
  for (const result of results.filter(({ mutant }) => mutant.kind === "swap")) {
    const { pair } = result.mutant;
    pairs.set(pair, [...(pairs.get(pair) ?? []), result]);
  }
  return [...pairs.values()].filter((tried) => !tried.some(killedAtAll)).map(([first]) => first);
}

function survivor({ mutant }) {
  return { name: mutant.pair ?? mutant.name, place: mutant.place, rules: mutant.rules };
}

/** A rule is proven if a mutant of it was killed by a test that names the rule. */
function ruleRow(rule, results, { leftOut, testsOf }) {
  const own = results.filter(({ mutant }) => mutant.rules.includes(rule.id));
  const killed = own.filter(({ killers }) => (killers.get(rule.id) ?? null) !== null);
  const left = leftOut.find(({ rules }) => rules.includes(rule.id));
  return {
    id: rule.id,
    mutants: own.length,
    killed: killed.length,
    tests: testsOf(rule.id),
    ...(left === undefined ? {} : { leftOut: left.reason }),
  };
}

function whyUnproven(row) {
  if (row.tests.length === 0) return "no test names it";
  if (row.mutants === 0) return "nothing breaks it: write a mutant";
  return "none of its tests notices that it is broken";
}

/** @returns `rows`, one per rule, `survivors`, and the counts. */
export function conclude(plan, results) {
  const rows = plan.rules.map((rule) => ruleRow(rule, results, plan));
  const equivalent = readEquivalent(plan.top);
  const reasons = new Map(equivalent.map(({ mutant, reason }) => [mutant, reason]));
  const alive = [
    ...results.filter((result) => result.mutant.kind !== "swap" && !killedAtAll(result)),
    ...survivingPairs(results),
  ].map(survivor);
  const leftRules = new Set(plan.leftOut.flatMap(({ rules }) => rules));
  const wholly = ({ rules }) => rules.every((rule) => leftRules.has(rule));
  const unproven = rows
    .filter((row) => row.leftOut === undefined && row.killed === 0)
    .map((row) => ({ name: row.id, place: "docs/spec", rules: [row.id], why: whyUnproven(row) }));
  const names = new Set(alive.map(({ name }) => name));
  const stale =
    plan.partial || plan.rules.length < 268
      ? []
      : equivalent
          .filter(({ mutant }) => !names.has(mutant))
          .map(({ mutant }) => ({
            name: mutant,
            place: "tools/rules/equivalent",
            rules: [],
            why: "is said to change nothing, but was killed or is gone",
          }));
  return {
    rows,
    mutants: results.length,
    killed: results.filter(killedAtAll).length,
    equivalent: alive.filter(({ name }) => reasons.has(name)).length,
    survivors: [
      ...alive
        .filter((one) => !reasons.has(one.name) && !wholly(one))
        .map((one) => ({ ...one, why: "survived" })),
      ...(plan.partial ? [] : unproven),
      ...stale,
    ],
  };
}

/** Prints survivors, then one line of counts. */
export function printReport(verdict, { verbose, seconds }) {
  if (verbose) {
    for (const { id, mutants, killed, tests, leftOut } of verdict.rows) {
      console.log(
        `${id}: ${leftOut ?? `${killed} of ${mutants} mutants killed by ${tests.join(", ")}`}`,
      );
    }
  }
  for (const { name, place, rules, why } of verdict.survivors) {
    console.log(`${why}: ${name} [${rules.join(" ")}] (${place})`);
  }
  const left = verdict.rows.filter(({ leftOut }) => leftOut !== undefined).length;
  const proven = verdict.rows.filter((row) => row.leftOut === undefined && row.killed > 0).length;
  console.log(
    `${verdict.rows.length} rules: ${proven} proven, ${left} left out with a reason; ` +
      `${verdict.mutants} mutants, ${verdict.killed} killed, ${verdict.equivalent} equivalent, ` +
      `${verdict.survivors.length} survivors; ${seconds.toFixed(0)} s`,
  );
}
