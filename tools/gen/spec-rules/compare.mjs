// SPDX-License-Identifier: MIT
// @ts-check
/** The differences between rules.json and the rules of the specification, one line each. */

/** @typedef {import("./rules.mjs").Rule} Rule */

/**
 * @param {readonly Rule[]} rules the rules of semantics.md
 * @param {string | undefined} written the text of rules.json; undefined if the file is missing
 * @param {string} wanted the expected text of rules.json
 * @returns {string[]}
 */
export function differences(rules, written, wanted) {
  if (written === undefined) return ["the file does not exist"];
  if (written === wanted) return [];
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(written);
  } catch (error) {
    return [`not JSON: ${error instanceof Error ? error.message : error}`];
  }
  if (!Array.isArray(value)) return ["not an array of rules"];
  const found = ruleDifferences(rules, value);
  return found.length > 0 ? found : ["same rules, but not formatted as the tool formats them"];
}

/**
 * @param {readonly Rule[]} rules
 * @param {readonly unknown[]} written
 * @returns {string[]}
 */
function ruleDifferences(rules, written) {
  /** @type {string[]} */
  const found = [];
  const there = new Map(written.map((rule) => [idOf(rule), rule]));
  for (const rule of rules) {
    if (!there.has(rule.id)) found.push(`${rule.id}: missing`);
    else found.push(...valueDifferences(rule.id, rule, there.get(rule.id)));
  }
  const known = new Set(rules.map((rule) => rule.id));
  for (const id of there.keys()) if (!known.has(id)) found.push(`${id}: not in semantics.md`);
  if (there.size !== written.length) found.push("an id occurs twice");
  if (found.length > 0) return found;
  const moved = rules.find((rule, i) => rule.id !== idOf(written[i]));
  return moved ? [`${moved.id}: not in document order`] : [];
}

/** @param {unknown} rule */
function idOf(rule) {
  const id = isRecord(rule) ? rule.id : undefined;
  return typeof id === "string" ? id : "a rule without id";
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {string} at
 * @param {unknown} wanted
 * @param {unknown} got
 * @returns {string[]}
 */
function valueDifferences(at, wanted, got) {
  if (isRecord(wanted) && isRecord(got)) {
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(got)])];
    return keys.flatMap((key) => valueDifferences(`${at}.${key}`, wanted[key], got[key]));
  }
  const [want, have] = [JSON.stringify(wanted), JSON.stringify(got)];
  if (want === have) return [];
  return [`${at} is ${have ?? "missing"}, semantics.md gives ${want ?? "nothing"}`];
}
