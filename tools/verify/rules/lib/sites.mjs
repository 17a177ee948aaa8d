// SPDX-License-Identifier: MIT
// Finds where the model refuses: the condition that guards each check.
import { blank, callAround, findIfs } from "./c-text.mjs";

/**
 * Functions that record a refusal; any other function with a check as its argument runs the check.
 */
const SAYING = ["refuse", "refuse_ptr", "decide", "bpf_drop_token"];

/**
 * The conditions of one source that lead to checks.
 *
 * @param known - the symbols of the table of checks.
 * @returns `sites`, conditions with the symbols that they guard; `asked`, calls with a check that
 *   has no condition (`return ask(HOOK, CHK_…)`); and `bare`, the symbols of such calls, and of
 *   checks in a table, after a `default:` or in an arm of a `?:`.
 */
export function sitesOf(path, text, known) {
  const blanked = blank(text);
  const ifs = findIfs(blanked);
  const sites = new Map();
  const bare = [];
  const asked = [];
  for (const { 0: symbol, index } of blanked.matchAll(/\bCHK_[A-Z0-9_]+\b/g)) {
    const name = symbol.slice("CHK_".length);
    if (!known.has(name)) continue;
    const guard = ifs
      .filter(({ body, end }) => body <= index && index < end)
      .reduce((inner, next) => (inner && inner.body >= next.body ? inner : next), undefined);
    if (guard === undefined) {
      bare.push(name);
      const call = callAround(blanked, index);
      if (call && !SAYING.includes(call.name)) asked.push({ path, ...call, checks: [name] });
      continue;
    }
    const site = sites.get(guard.open) ?? { path, ...guard, checks: [] };
    if (!site.checks.includes(name)) site.checks.push(name);
    sites.set(guard.open, site);
  }
  const placed = (site) => ({ ...site, line: text.slice(0, site.open).split("\n").length });
  return { sites: [...sites.values()].map(placed), asked: asked.map(placed), bare };
}

/** The text with a switch at each of its sites; `number` of a site is its switch. */
export function underSwitches(text, sites, asked) {
  const inserts = [
    // If two inserts have the same place, the later one of this list comes first.
    ...sites.map(({ close }) => ({ at: close, text: "))" })),
    ...asked.map(({ end }) => ({ at: end, text: ")" })),
    ...asked.map(({ open, number, checks: [check] }) => ({
      at: open,
      text: `mutant_ask(${number}, CHK_${check}, `,
    })),
    ...sites.map(({ open, number }) => ({ at: open + 1, text: `mutant_if(${number}, !!(` })),
  ];
  let out = text;
  for (const insert of inserts.sort((a, b) => b.at - a.at)) {
    out = out.slice(0, insert.at) + insert.text + out.slice(insert.at);
  }
  return `#include <trace/mutant.h>\n${out}`;
}
