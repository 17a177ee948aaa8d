// SPDX-License-Identifier: MIT
// Lists the mutants: from the table of checks, from the ordered tables, and hand-written ones.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kernelReleases } from "@bpf-token/uapi";

/** An errno that no rule names. */
const EXDEV = 18;

/** Errno numbers, from the generated header. */
export function readErrnos(top) {
  const text = readFileSync(join(top, "core-c/include/uapi/asm-generic/errno.h"), "utf8");
  return new Map(
    [...text.matchAll(/^#define\s+(E\w+)\s+(\d+)/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
}

/** For each check: condition never true, condition always true, another errno, no consequence. */
export function checkMutants(checks, { sites, asked, bare }, errnos) {
  const mutants = [];
  for (const check of checks.filter(({ rules }) => rules.length > 0)) {
    const own = sites.filter((site) => site.checks.includes(check.symbol));
    const { id, number, rules } = check;
    for (const site of own) {
      const place = `${site.path}:${site.line}`;
      const common = { rules, check: id, place, switches: { site: site.number } };
      mutants.push({ ...common, kind: "off" }, { ...common, kind: "always" });
    }
    for (const call of asked.filter((one) => one.checks.includes(check.symbol))) {
      const err = -(errnos.get(check.errno) ?? EXDEV);
      const switches = { site: call.number, err };
      const at = `${call.path}:${call.line}`;
      mutants.push({ rules, check: id, place: at, kind: "always", switches });
    }
    const place = check.where;
    // A decision has no consequence of its own; the functions that call it have one.
    if (check.errno !== "NONE" && (own.length === 0 || bare.includes(check.symbol))) {
      mutants.push({ rules, check: id, place, kind: "drop", switches: { check: number } });
    }
    if (check.errno !== "NONE") {
      const switches = { check: number, err: -EXDEV };
      mutants.push({ rules, check: id, place, kind: "errno", switches });
    }
  }
  return named(mutants).map((mutant) => ({
    ...mutant,
    switches: { ...mutant.switches, kind: mutant.kind },
  }));
}

/** Names that stay the same when lines move: kind and check, numbered if there are several. */
function named(mutants) {
  const counts = new Map();
  return mutants.map((mutant) => {
    const name = `${mutant.kind} ${mutant.check}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return { ...mutant, name: count === 1 ? name : `${name} #${count}` };
  });
}

/** The rules of each ordered table whose checks have conditions, in order. */
function orderedRules(rules, checks, sites) {
  const tables = Map.groupBy
    ? Map.groupBy(
        rules.filter(({ order }) => order),
        ({ section }) => section,
      )
    : groupBySection(rules.filter(({ order }) => order));
  return [...tables.values()].map((table) =>
    table
      .map(({ id }) => ({
        id,
        sites: sites.filter((site) =>
          site.checks.some((symbol) => checks.get(symbol).rules.includes(id)),
        ),
      }))
      .filter((rule) => rule.sites.length > 0),
  );
}

function groupBySection(rules) {
  const tables = new Map();
  for (const rule of rules) tables.set(rule.section, [...(tables.get(rule.section) ?? []), rule]);
  return tables;
}

/** For neighbours in an ordered table: the first check runs after the second. */
export function orderMutants(rules, checkList, { sites, asked }, errnos) {
  const checks = new Map(checkList.map((check) => [check.symbol, check]));
  const mutants = [];
  for (const table of orderedRules(rules, checks, [...sites, ...asked])) {
    for (let i = 0; i + 1 < table.length; i++) {
      const [first, second] = [table[i], table[i + 1]];
      const own = (rule) => (symbol) => checks.get(symbol).rules.includes(rule.id);
      for (const a of first.sites) {
        for (const b of second.sites) {
          const check = checks.get(a.checks.find(own(first)));
          const err = errnos.get(check.errno);
          if (a === b || err === undefined) continue;
          mutants.push({
            kind: "swap",
            name: `swap ${check.id} with ${checks.get(b.checks.find(own(second))).id} (${a.path}:${a.line}, ${b.path}:${b.line})`,
            pair: `${first.id} before ${second.id}`,
            rules: [first.id, second.id],
            place: `${a.path}:${a.line}`,
            switches: {
              kind: "swap",
              site: a.number,
              other: b.number,
              check: check.number,
              err: -err,
            },
          });
        }
      }
    }
  }
  return mutants;
}

function checkedEntry(entry, where) {
  for (const key of ["rule", "about", "file", "find", "replace"]) {
    if (typeof entry[key] !== "string") {
      throw new Error(`tools/verify/rules/mutants/${where} has no ${key}`);
    }
  }
  if (![undefined, "refuses", "passes"].includes(entry.shows)) {
    throw new Error(`tools/verify/rules/mutants/${where}: shows is "refuses" or "passes"`);
  }
  if (entry.sequences !== undefined && !kernelReleases.includes(entry.sequences)) {
    throw new Error(`tools/verify/rules/mutants/${where}: sequences names a release`);
  }
  return entry;
}

/** The hand-written mutants, for rules without a check. */
export function handMutants(top) {
  const folder = join(top, "tools/verify/rules/mutants");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) =>
      JSON.parse(readFileSync(join(folder, name), "utf8")).map((entry, i) => {
        const checked = checkedEntry(entry, `${name}: entry ${i + 1}`);
        const { rule, about, file, shows, sequences } = checked;
        const common = { kind: "text", name: `${rule}: ${about}`, rules: [rule], place: file };
        return { ...common, shows, sequences, edit: entry, origin: name };
      }),
    );
}
