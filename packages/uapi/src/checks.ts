// SPDX-License-Identifier: MIT
import type { CheckInfo } from "./check-types.js";
import { checkLines } from "./generated/check-lines.js";
import type { CheckId, EvidenceKind } from "./generated/checks.js";
import type { ErrnoName } from "./generated/errno.js";
import { fixLines } from "./generated/fixes.js";

// Most programs never need these tables, so they are parsed on first use.
let table: readonly CheckInfo[] | undefined;
let byId: ReadonlyMap<string, CheckInfo> | undefined;
let fixes: ReadonlyMap<string, string> | undefined;

/**
 * Returns all checks of the model. The index in the list is the number that the core uses.
 *
 * @example
 * ```ts
 * const refusing = checkTable().filter(({ errno }) => errno === "EPERM");
 * ```
 */
export function checkTable(): readonly CheckInfo[] {
  table ??= linesOf(checkLines).map(readCheck);
  return table;
}

/**
 * Returns the check with an id, or `undefined` for an unknown id.
 *
 * @example
 * ```ts
 * checkById("token.create.userns")?.errno; // "EPERM"
 * ```
 */
export function checkById(id: string): CheckInfo | undefined {
  byId ??= new Map(checkTable().map((check) => [check.id, check]));
  return byId.get(id);
}

/**
 * Returns what the user can do after a check refused a call.
 *
 * @returns one clause; `undefined` where the check's sentence already contains the fix.
 * @example
 * ```ts
 * const fix = fixFor("token.create.userns");
 * ```
 */
export function fixFor(check: CheckId): string | undefined {
  fixes ??= new Map(linesOf(fixLines).flatMap(readFix));
  return fixes.get(check);
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

function readCheck(line: string): CheckInfo {
  const [id = "", errno = "", file = "", func = "", rules = "", evidence = "", ...sentence] =
    line.split("|");
  return {
    id: id as CheckId,
    errno: errno === "" ? undefined : (errno as ErrnoName),
    file,
    func,
    rules: rules === "" ? [] : rules.split(" "),
    evidence: evidence as EvidenceKind,
    sentence: sentence.join("|"),
  };
}

/** Parses one line of the table: the ids of the checks that share a fix, and the fix. */
function readFix(line: string): readonly (readonly [string, string])[] {
  const bar = line.indexOf("|");
  const text = line.slice(bar + 1);
  return line
    .slice(0, bar)
    .split(" ")
    .map((id) => [id, text]);
}
