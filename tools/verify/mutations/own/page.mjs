// SPDX-License-Identifier: MIT
// The text of docs/mutations.md.
import { range, score } from "./mutants.mjs";
import { parts } from "./packages.mjs";

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("`", "'").slice(0, 90);

function row(name, rows, reasons) {
  const missed = rows.filter(({ found }) => !found);
  const equivalent = missed.filter(({ id }) => reasons[id] !== undefined).length;
  const found = rows.length - missed.length;
  const counts = { found, missed: missed.length, equivalent };
  const [low, high] = range(counts).map((one) => one.toFixed(0));
  const open = missed.length - equivalent;
  return `| ${name} | ${rows.length} | ${found} | ${equivalent} | ${open} | ${score(counts).toFixed(1)} % | ${low} to ${high} % | ${parts[name].least} % |`;
}

function list(name, rows, reasons) {
  const open = rows.filter(({ id, found }) => !found && reasons[id] === undefined);
  if (open.length === 0) return [];
  return [
    ...["", `### ${name}`, "", "| file | change | code |", "|---|---|---|"],
    ...open.map(({ file, rule, to, code }) => {
      const short = file.split("/").slice(-2).join("/");
      return `| \`${short}\` | ${cell(rule)}: \`${cell(to)}\` | \`${cell(code)}\` |`;
    }),
  ];
}

/** Formats the results of all parts as a page. */
export function pageOf(results, reasons) {
  const names = Object.keys(parts).filter((name) => results[name] !== undefined);
  return `${[
    "<!-- SPDX-License-Identifier: MIT -->",
    "<!-- Written by tools/verify/mutations/own/own.mjs; DO NOT EDIT. -->",
    "# Mutation testing",
    "",
    "This page is for people who change bpf-token. It shows how many planted changes of the source the tests notice.",
    "",
    "`npm run tool mutations:own` changes one place at a time and runs the tests. It takes a sample of each part, with a fixed",
    "seed. Stryker changes TypeScript, except texts. Native programs are compiled with the change. The score is the share of",
    "noticed changes, without those that have no effect; `tools/verify/mutations/own/equivalent-own.json` has their reasons.",
    "",
    "A small sample says little about a part. The range is where the score of all changes is, with a probability of 95 %.",
    "Tests were written for the missed changes of a sample, so only a new seed gives a fair score.",
    "",
    "| part | changes | noticed | without an effect | not noticed | score | range | target |",
    "|---|---|---|---|---|---|---|---|",
    ...names.map((name) => row(name, results[name], reasons)),
    "",
    "## Changes that no test notices",
    ...names.flatMap((name) => list(name, results[name], reasons)),
  ].join("\n")}\n`;
}
