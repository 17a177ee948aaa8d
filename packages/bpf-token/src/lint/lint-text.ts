// SPDX-License-Identifier: MIT
import { type FoundDelegation, readDelegations, readProgram } from "@bpf-token/delegation";
import { isPage } from "./blocks.js";
import type { LintContext, LintFinding, LintHit } from "./finding.js";
import { lintFindings } from "./findings/index.js";
import { MOST, tooMany, tooManyIn } from "./findings/too-many.js";
import { dialectsIn, fragmentsOf } from "./fragments.js";
import { ignoresIn } from "./ignores.js";

/** A finding at its place in a file. */
export interface LintResult extends Omit<LintHit, "at" | "end"> {
  readonly finding: LintFinding;
  readonly path: string;
  /** The first line is 1. */
  readonly line: number;
  /** The first column is 1. Counts UTF-16 code units. */
  readonly column: number;
  /** The positions of the first character, and after the last one. */
  readonly range: readonly [at: number, end: number];
  /** The text of the line. */
  readonly source: string;
}

/** Options of {@link lintText}. */
export interface LintOptions extends Omit<LintContext, "isPart"> {
  /** Whether findings for auditors are included. */
  readonly auditor?: boolean;
  /** Ids of findings that are skipped. */
  readonly ignore?: readonly string[];
}

/**
 * Finds the mistakes of every delegation in a text, and the first thousand of many.
 *
 * @param path - its name decides how the text is read: of a page, only blocks of code.
 * @example
 * ```ts
 * const [first] = lintText("run.sh", "o=delegate_cmds=prog_load,map_create");
 * first.finding.id; // "lint.separator"
 * ```
 */
export function lintText(
  path: string,
  text: string,
  options: LintOptions = {},
): readonly LintResult[] {
  const findings = lintFindings.filter(
    ({ id, persona }) =>
      (persona === "everyone" || options.auditor === true) && !options.ignore?.includes(id),
  );
  const ignored = ignoresIn(text);
  const starts = lineStarts(text);
  const results = new Map<string, LintResult>();
  for (const { finding, hit } of hitsIn(path, text, findings, options)) {
    const line = lineAt(starts, hit.at);
    if (ignored(finding.id, line)) continue;
    const start = starts[line - 1] ?? 0;
    const source = text.slice(start, starts[line] ?? text.length).trimEnd();
    results.set(`${hit.at} ${finding.id} ${hit.text}`, {
      ...{ finding, path, line, column: hit.at - start + 1, source, text: hit.text },
      range: [hit.at, hit.end],
      ...(hit.fix !== undefined && { fix: hit.fix }),
    });
  }
  return [...results.values()].sort((a, b) => a.range[0] - b.range[0]);
}

interface Placed {
  readonly finding: LintFinding;
  readonly hit: LintHit;
}

function* hitsIn(
  path: string,
  text: string,
  findings: readonly LintFinding[],
  options: LintOptions,
): Generator<Placed> {
  let left = MOST;
  for (const { found, at, isProgram } of delegationsIn(path, text)) {
    const context = { ...options, isPart: isProgram || isPage(path) };
    const place = ({ finding, hit }: Placed): Placed => ({
      ...{ finding, hit: { ...hit, at: hit.at + at, end: hit.end + at } },
    });
    const hits = findings.flatMap((finding) =>
      finding.find(found, context).map((hit) => ({ finding, hit })),
    );
    yield* hits.slice(0, left).map(place);
    left -= 1 + hits.length;
    if (left >= 0) continue;
    yield place({ finding: tooMany, hit: tooManyIn(found) });
    return;
  }
}

/** Each delegation, and the position of its fragment. */
function* delegationsIn(
  path: string,
  text: string,
): Generator<{ found: FoundDelegation; at: number; isProgram: boolean }> {
  for (const { text: part, at, isProgram = false } of fragmentsOf(path, text)) {
    if (isProgram) for (const found of readProgram(part)) yield { found, at, isProgram };
    else {
      for (const dialect of dialectsIn(part)) {
        for (const found of readDelegations(part, dialect)) yield { found, at, isProgram };
      }
    }
  }
}

const lineStarts = (text: string): readonly number[] => [
  0,
  ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1),
];

function lineAt(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return low + 1;
}

/**
 * Writes the fixes of results into their text.
 *
 * @param which - `safe`: those that are beyond doubt; `all`: also what is only likely meant.
 * @returns the text, and the results that are not fixed.
 * @example
 * ```ts
 * applyFixes(text, lintText("run.sh", text)).text;
 * ```
 */
export function applyFixes(
  text: string,
  results: readonly LintResult[],
  which: "safe" | "all" = "safe",
): { readonly text: string; readonly rest: readonly LintResult[] } {
  const parts: string[] = [];
  const rest: LintResult[] = [];
  let before = text.length;
  for (const result of [...results].reverse()) {
    const { finding, fix, range } = result;
    const wanted = which === "all" || finding.safe === true;
    if (wanted && fix !== undefined && range[1] <= before) {
      parts.push(text.slice(range[1], before), fix);
      before = range[0];
    } else rest.push(result);
  }
  parts.push(text.slice(0, before));
  return { text: parts.reverse().join(""), rest: rest.reverse() };
}
