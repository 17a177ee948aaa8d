// SPDX-License-Identifier: MIT
// @ts-check
/** Decodes the cells of a rule: errno names, releases and evidence. */
import { codeOf, ruleReleases } from "../../lib/releases.mjs";

/** The releases of a rule, oldest first, with their names in rules.json. */
export const RELEASES = ruleReleases;

/** Column heading in semantics.md → key in rules.json. */
export const RELEASE_COLUMNS = new Map([
  ["v10", "v10"],
  ["v10r", "v10-reviewed"],
  ["6.9", "6.9"],
  ["6.12", "6.12"],
  ["6.18", "6.18"],
]);

/** The first column of section 12: 6.18 and every release before it. */
export const UP_TO_6_18 = "..6.18";
/** @type {readonly Release[]} The other columns of section 12. A table may lack the last ones. */
export const LATER_RELEASES = RELEASES.slice(RELEASES.indexOf("6.18") + 1);

/** Heading of the column that covers all releases. */
export const JOINT_COLUMN = "v10..6.18";

/**
 * @typedef {string} Release
 * @typedef {"observed" | "observed-vm" | "guest-probe" | "guest-test" | "source"} EvidenceKind
 * @typedef {{ kind: EvidenceKind, ids: string[], remark?: string }} Evidence
 */

/** Words that look like an errno name. */
const ERRNO_WORD = /\bE(?:2BIG|[A-Z]{3,})\b/g;

/**
 * Errno names of a cell in order of mention, each once.
 * @param {string} text
 * @param {{ has(name: string): boolean }} known
 * @returns {string[]} throws Error for a name that is not known
 */
export function errnoNames(text, known) {
  const names = [...new Set(text.match(ERRNO_WORD) ?? [])];
  const unknown = names.find((name) => !known.has(name));
  if (unknown) throw new Error(`unknown errno ${unknown} (section 0.3 lists the known ones)`);
  return names;
}

/**
 * The age of a release as a number that can be compared. The v10 revisions are older than every
 * Linux release.
 * @param {string} release column heading ("v10r") or release number ("6.17")
 */
function age(release) {
  const code = codeOf(release === "v10r" ? "v10-reviewed" : release);
  if (Number.isNaN(code)) throw new Error(`unknown release ${release}`);
  return code;
}

/**
 * Decodes a cell of the joint column: `y`, `R+` or `..R`.
 * @param {string} cell
 * @returns {Record<Release, string>} throws Error for anything else
 */
export function jointReleases(cell) {
  const from = /^(\S+)\+$/.exec(cell);
  const upTo = /^\.\.(\S+)$/.exec(cell);
  if (cell !== "y" && !from && !upTo) {
    throw new Error(`column ${JOINT_COLUMN} holds "${cell}": expected y, R+ or ..R`);
  }
  const first = age(from?.[1] ?? "v10");
  const last = upTo?.[1] === undefined ? Number.POSITIVE_INFINITY : age(upTo[1]);
  return fromReleases((release) => (age(release) >= first && age(release) <= last ? "y" : "-"));
}

/**
 * @param {(release: Release) => string} value
 * @returns {Record<Release, string>}
 */
export function fromReleases(value) {
  const entries = RELEASES.map((release) => [release, value(release)]);
  return /** @type {Record<Release, string>} */ (Object.fromEntries(entries));
}

/** @type {ReadonlyMap<string, EvidenceKind>} */
const MARKS = new Map([
  ["S", "observed"],
  ["V", "observed-vm"],
  ["G", "guest-probe"],
  ["O", "guest-test"],
]);
/** A probe id (T48b, Y2-01, MT33) or a range of them (T70..T75). */
const PROBE = /^[A-Z]{1,2}\d{1,2}(?:-\d{2})?[a-z]?(?:\.\.[A-Z]{1,2}\d{1,2}(?:-\d{2})?[a-z]?)?$/;

/** A probe or test of the guests of 6.19 to 7.3 (P61, CM38-*, CA40..CA42). */
const GUEST_PROBE = /^[A-Z]+\d*[a-z]?(?:-[\w*]+)*(?:\.\.[A-Z]+\d+)?$/;

/**
 * Decodes an evidence cell such as `S:T82,T83 V:L15 src`; a remark in parentheses belongs to the
 * mark before it.
 * @param {string} cell
 * @returns {Evidence[]} throws Error for an unknown mark or a malformed probe id
 */
export function evidenceOf(cell) {
  /** @type {Evidence[]} */
  const found = [];
  for (const word of cell.match(/\([^)]*\)|\S+/g) ?? []) {
    const last = found.at(-1);
    if (word.startsWith("(") && word.endsWith(")") && last) last.remark = word.slice(1, -1);
    else found.push(oneMark(word));
  }
  const kinds = found.map((item) => item.kind);
  if (kinds.length === 0) throw new Error("no evidence");
  if (new Set(kinds).size !== kinds.length) throw new Error("the same evidence mark twice");
  return found;
}

/**
 * @param {string} word
 * @returns {Evidence}
 */
function oneMark(word) {
  if (word === "src") return { kind: "source", ids: [] };
  if (word === "guest") return { kind: "guest-test", ids: [] };
  const [mark = "", list] = word.split(":", 2);
  const kind = MARKS.get(mark);
  if (!kind || !list)
    throw new Error(
      `unknown evidence mark "${word}": expected S:ids, V:ids, G:ids, O:ids, guest or src`,
    );
  const ids = list.split(",");
  const form = kind.startsWith("guest-") ? GUEST_PROBE : PROBE;
  const bad = ids.find((id) => !form.test(id));
  if (bad !== undefined) throw new Error(`"${bad}" in "${word}" is not a probe id`);
  return { kind, ids };
}
