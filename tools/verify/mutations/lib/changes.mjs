// SPDX-License-Identifier: MIT
// The changes of upstream files that the tool tries: by rule, or by class.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyChange, readClasses } from "./classes.mjs";
import { mutantsOf } from "./sites.mjs";

const TOKEN = "kernel/bpf/token.c";
const here = dirname(fileURLToPath(import.meta.url));

/** Places of a source that can change without an observable effect, with the reason. */
function equivalent(sha256) {
  const all = JSON.parse(readFileSync(join(here, "../equivalent.json"), "utf8"));
  return all[sha256] ?? [];
}

const nameOf = (path) => path.split("/").at(-1);

/**
 * Every comparison, condition, errno and return of token.c, one at a time.
 *
 * @param texts - the source files by path.
 * @returns the changes: `path`, changed `text`, `place` for people, `group`, and `why` the change
 *   has no observable effect, if it has none.
 */
export function changesByRule(texts) {
  const text = texts.get(TOKEN);
  if (text === undefined) return { changes: [], missing: [`${TOKEN}: not in this source`] };
  const known = equivalent(createHash("sha256").update(text).digest("hex"));
  const same = (a, b) => a.rule === b.rule && a.line === b.line && a.column === b.column;
  const changes = mutantsOf(text).map((mutant) => ({
    path: TOKEN,
    text: mutant.text,
    place: `${nameOf(TOKEN)}:${mutant.line}:${mutant.column}: ${mutant.rule}`,
    group: "rules",
    why: known.find((one) => same(one, mutant))?.why,
  }));
  return { changes, missing: [] };
}

/** The changes of the lists in classes/, as {@link changesByRule}; `missing` names those that a source has no place for. */
export function changesByClass(texts) {
  const changes = [];
  const missing = [];
  for (const { path, mutants } of readClasses()) {
    const text = texts.get(path);
    for (const mutant of mutants) {
      const { class: group, what, unnoticed: why } = mutant;
      const made =
        text === undefined ? { missing: "not in this source" } : applyChange(text, mutant);
      const place = `${nameOf(path)}: ${group}: ${mutant.function}() ${what}`;
      if (made.missing !== undefined) missing.push(`${place}: ${made.missing}`);
      else changes.push({ path, text: made.text, place, group, why });
    }
  }
  return { changes, missing };
}
