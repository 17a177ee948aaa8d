// SPDX-License-Identifier: MIT
// Reports the surviving mutants, and how each rule is proven.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Mutants without an observable effect, which no test can kill, with reasons. */
function readEquivalent(top) {
  const folder = join(top, "tools/verify/rules/equivalent");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

function killedAtAll({ killers }) {
  return [...killers.values()].some((killer) => killer !== null);
}

/** Of all pairs of checks of two neighbouring rules, a test must distinguish one. */
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

/** What a killed mutant proves: that the check refuses, or that something passes the check. */
function shows({ kind, shows: declared }) {
  if (["off", "errno", "drop"].includes(kind)) return "refuses";
  return kind === "always" ? "passes" : declared;
}

/** A rule is proven if a test that names the rule kills one of its mutants; a check, both ways. */
function ruleRow(rule, results, { unmodelledFeatures, testsOf }) {
  const own = results.filter(({ mutant }) => mutant.rules.includes(rule.id));
  const killed = own.filter(({ killers }) => (killers.get(rule.id) ?? null) !== null);
  const ways = (way) => killed.filter(({ mutant }) => shows(mutant) === way).length;
  const unmodelled = unmodelledFeatures.find(({ rules }) => rules.includes(rule.id));
  return {
    id: rule.id,
    mutants: own.length,
    killed: killed.length,
    check: own.some(({ mutant }) => mutant.check !== undefined),
    refuses: ways("refuses"),
    passes: ways("passes"),
    tests: testsOf(rule.id),
    ...(unmodelled === undefined ? {} : { unmodelled: unmodelled.reason }),
  };
}

function whyUnproven(row) {
  if (row.tests.length === 0) return "no test names it";
  if (row.mutants === 0) return "it has no mutant: write one";
  if (row.killed === 0) return "none of its tests kills a mutant";
  if (row.check && row.refuses === 0) return "none of its tests shows that it refuses";
  if (row.check && row.passes === 0) return "none of its tests shows that something passes it";
  return undefined;
}

const proven = (row) => row.unmodelled === undefined && whyUnproven(row) === undefined;

/** @returns `rows`, one per rule, `survivors`, and the counts. */
export function conclude(plan, results) {
  const rows = plan.rules.map((rule) => ruleRow(rule, results, plan));
  const equivalent = readEquivalent(plan.top);
  const reasons = new Map(equivalent.map(({ mutant, reason }) => [mutant, reason]));
  const alive = [
    ...results.filter((result) => result.mutant.kind !== "swap" && !killedAtAll(result)),
    ...survivingPairs(results),
  ].map(survivor);
  const unmodelledRules = new Set(plan.unmodelledFeatures.flatMap(({ rules }) => rules));
  const wholly = ({ rules }) => rules.every((rule) => unmodelledRules.has(rule));
  const unproven = rows
    .filter((row) => row.unmodelled === undefined && !proven(row))
    .map((row) => ({ name: row.id, place: "docs/spec", rules: [row.id], why: whyUnproven(row) }));
  const names = new Set([...alive, ...unproven].map(({ name }) => name));
  const stale = [...reasons.keys()]
    .filter((name) => plan.whole && !names.has(name))
    .map((name) => ({
      name,
      place: "tools/verify/rules/equivalent",
      rules: [],
      why: "is listed as equivalent, but was killed or does not exist",
    }));
  return {
    rows,
    mutants: results.length,
    killed: results.filter(killedAtAll).length,
    spared: results.filter((one) => one.mutant.kind === "swap" && !killedAtAll(one)).length,
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

/** Prints survivors, and the results of mutants and rules: the same in every run. */
export function printReport(verdict, { verbose }) {
  if (verbose) {
    for (const { id, mutants, killed, refuses, passes, tests, unmodelled } of verdict.rows) {
      const ways = `${refuses} show that it refuses, ${passes} that something passes`;
      console.log(
        `${id}: ${unmodelled ?? `${killed} of ${mutants} mutants killed (${ways}) by ${tests.join(", ")}`}`,
      );
    }
  }
  for (const { name, place, rules, why } of verdict.survivors) {
    console.log(`${why}: ${name} [${rules.join(" ")}] (${place})`);
  }
  const { mutants, killed, equivalent } = verdict;
  const left = verdict.rows.filter(({ unmodelled }) => unmodelled !== undefined).length;
  console.log(
    `${mutants} mutants: ${killed} killed, ${equivalent} equivalent, with a reason, ` +
      `${verdict.spared} orders proven by other checks of the same rules`,
  );
  console.log(
    `${verdict.rows.length} rules: ${verdict.rows.filter(proven).length} killed, ` +
      `${left} unmodelled, with a reason, ${verdict.survivors.length} survivors`,
  );
}
