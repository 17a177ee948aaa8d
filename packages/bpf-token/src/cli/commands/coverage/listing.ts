// SPDX-License-Identifier: MIT
import type { FileCoverage, MeasuredFile } from "@bpf-token/fuzz";
import type { Paint } from "../../../text/paint.js";

/** Lines of context before and after a missed line. */
const AROUND = 2;

/**
 * Formats a file as a listing: how often each line ran, its number and its text. A note below a line
 * says that a condition was never true or never false.
 *
 * @param all - lists every line; otherwise only missed lines with some context.
 */
export function listing({ coverage, text }: MeasuredFile, all: boolean, paint: Paint): string[] {
  const { path, lines, branches } = coverage;
  const ways = branches.length * 2;
  const taken = branches.reduce(
    (n, one) => n + Number(one.taken > 0) + Number(one.notTaken > 0),
    0,
  );
  const run = [...lines.values()].filter((n) => n > 0).length;
  const head = `${path}: ${run} of ${lines.size} lines, ${taken} of ${ways} branches`;
  const rows = text.split("\n");
  const wanted = all ? undefined : missedAround(coverage, rows.length);
  const out = [paint("strong", head)];
  let last = 0;
  for (const [i, row] of rows.entries()) {
    const number = i + 1;
    if (wanted !== undefined && !wanted.has(number)) continue;
    if (wanted !== undefined && last !== 0 && number > last + 1) out.push(paint("quiet", "   …"));
    last = number;
    const times = lines.get(number);
    const count = (times === undefined ? "" : String(times)).padStart(10);
    const shown = `${count} ${String(number).padStart(5)}  ${row.replaceAll("\t", "    ")}`;
    out.push(times === 0 ? paint("bad", shown.trimEnd()) : shown.trimEnd());
    for (const one of branches.filter(({ line }) => line === number)) {
      const never = one.taken === 0 ? "true" : one.notTaken === 0 ? "false" : undefined;
      if (never === undefined) continue;
      out.push(paint("warn", `${"".padStart(16)}  column ${one.column}: never ${never}`));
    }
  }
  return out;
}

function missedAround({ lines, branches }: FileCoverage, last: number): ReadonlySet<number> {
  const missed = [
    ...[...lines].flatMap(([line, times]) => (times === 0 ? [line] : [])),
    ...branches.flatMap((one) => (one.taken === 0 || one.notTaken === 0 ? [one.line] : [])),
  ];
  const wanted = new Set<number>();
  for (const line of missed) {
    for (let i = Math.max(1, line - AROUND); i <= Math.min(last, line + AROUND); i++) wanted.add(i);
  }
  return wanted;
}
