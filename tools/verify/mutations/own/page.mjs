// SPDX-License-Identifier: MIT
// The text of docs/mutations.md.
import { range, score } from "./mutants.mjs";
import { parts } from "./packages.mjs";

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("`", "'").slice(0, 90);

/** How many changes of a list are noticed, without those that have no effect. */
function countsOf(judged, missed, reasons) {
  const equivalent = missed.filter((id) => reasons[id] !== undefined).length;
  return { found: judged - missed.length, missed: missed.length, equivalent };
}

/** The cells of the newest seed, as it was before tests were written for it. */
function fairCells(seeds) {
  const last = seeds?.at(-1);
  if (last === undefined) return "| – | – | not measured | – |";
  const { seed, judged, missed, reasons } = last;
  const counts = countsOf(judged, missed, reasons);
  const [low, high] = range(counts).map((one) => one.toFixed(0));
  const of = judged - counts.equivalent;
  return `| ${seed} | ${counts.found} of ${of} | ${score(counts).toFixed(1)} % | ${low} to ${high} % |`;
}

function row(name, rows, reasons, seeds) {
  const missed = rows.filter(({ found }) => !found).map(({ id }) => id);
  const counts = countsOf(rows.length, missed, reasons);
  const fair = fairCells(seeds?.map((one) => ({ ...one, reasons })));
  const { found, equivalent } = counts;
  const open = missed.length - equivalent;
  return `| ${name} | ${parts[name].least} % ${fair} ${rows.length} | ${found} | ${equivalent} | ${open} | ${score(counts).toFixed(1)} % |`;
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
export function pageOf(results, reasons, scores) {
  const names = Object.keys(parts).filter((name) => results[name] !== undefined);
  return `${[
    "<!-- SPDX-License-Identifier: MIT -->",
    "<!-- Written by tools/verify/mutations/own/own.mjs; DO NOT EDIT. -->",
    "# Mutation testing",
    "",
    "This page is for people who change bpf-token. It shows how many planted changes of the source the tests notice.",
    "",
    "`npm run tool mutations:own` changes one place at a time and runs the tests. It takes a sample of each part, with a fixed",
    "seed. Stryker changes TypeScript, except texts. Native programs are compiled with the change. A score is the share of",
    "noticed changes, without those that have no effect; `tools/verify/mutations/own/equivalent-own.json` has their reasons.",
    "",
    "The **fair score** is that of a new seed, before anyone saw its changes (`--fair`). It estimates the score of all changes",
    "of a part; the range is where that is with a probability of 95 %.",
    "",
    "The **fitted score** is that of all samples together, after tests were written for the missed changes. It says nothing",
    "about other changes of the part.",
    "",
    "| part | target | seed | noticed | fair score | range | changes | noticed | without an effect | not noticed | fitted score |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...names.map((name) => row(name, results[name], reasons, scores[name])),
    "",
    "## Changes that no test notices",
    ...names.flatMap((name) => list(name, results[name], reasons)),
  ].join("\n")}\n`;
}
