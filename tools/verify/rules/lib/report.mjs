// SPDX-License-Identifier: MIT
// What survived, and how each rule is proven.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Mutants that no test can kill, since they change nothing that anybody could see; with reasons. */
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

/** What a test shows that kills a mutant: that the rule refuses, or that something passes it. */
function shows({ kind, shows: said }) {
  if (["off", "errno", "drop"].includes(kind)) return "refuses";
  return kind === "always" ? "passes" : said;
}

/** A rule is proven if a mutant of it was killed by a test that names the rule; a check both ways. */
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
  if (row.mutants === 0) return "nothing breaks it: write a mutant";
  if (row.killed === 0) return "none of its tests notices that it is broken";
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
      why: "is said to change nothing, but was killed or is gone",
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

/** Prints survivors, then what became of the mutants and of the rules: the same at every run. */
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
    `${mutants} mutants: ${killed} killed, ${equivalent} that nobody could notice, with a reason, ` +
      `${verdict.spared} of orders that other checks of the same rules tell`,
  );
  console.log(
    `${verdict.rows.length} rules: ${verdict.rows.filter(proven).length} killed, ` +
      `${left} left out with a reason, ${verdict.survivors.length} survivors`,
  );
}
