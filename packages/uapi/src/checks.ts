// SPDX-License-Identifier: MIT
import type { CheckInfo } from "./check-types.js";
import { checkLines } from "./generated/check-lines.js";
import type { CheckId, EvidenceKind } from "./generated/checks.js";
import type { ErrnoName } from "./generated/errno.js";
import { fixLines } from "./generated/fixes.js";

// Most programs never ask why, so the tables are read at the first question.
let table: readonly CheckInfo[] | undefined;
let byId: ReadonlyMap<string, CheckInfo> | undefined;
let fixes: ReadonlyMap<string, string> | undefined;

/** The checks of the model. The index in the list is the number that the core uses. */
export function checkTable(): readonly CheckInfo[] {
  table ??= linesOf(checkLines).map(readCheck);
  return table;
}

/** The check of an id, or undefined where no check has it. */
export function checkById(id: string): CheckInfo | undefined {
  byId ??= new Map(checkTable().map((check) => [check.id, check]));
  return byId.get(id);
}

/**
 * What a person can do where a check refused.
 *
 * @returns one clause; undefined where the check's sentence says all there is to say.
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

/** The checks that a text is for, each with the text. */
function readFix(line: string): readonly (readonly [string, string])[] {
  const bar = line.indexOf("|");
  const text = line.slice(bar + 1);
  return line
    .slice(0, bar)
    .split(" ")
    .map((id) => [id, text]);
}
