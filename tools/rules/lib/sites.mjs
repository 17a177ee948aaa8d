// SPDX-License-Identifier: MIT
// Where the sources of the model refuse: the condition that guards each check.
import { blank, findIfs } from "./c-text.mjs";

/**
 * The conditions of one source that lead to checks.
 *
 * @param known - the symbols of the table of checks.
 * @returns `sites`, conditions with the symbols that they guard, and `bare`, the symbols that stand
 *   behind no condition of their own (a table, a `default:`, the arm of a `?:`).
 */
export function sitesOf(path, text, known) {
  const blanked = blank(text);
  const ifs = findIfs(blanked);
  const sites = new Map();
  const bare = [];
  for (const { 0: symbol, index } of blanked.matchAll(/\bCHK_[A-Z0-9_]+\b/g)) {
    const name = symbol.slice("CHK_".length);
    if (!known.has(name)) continue;
    const guard = ifs
      .filter(({ body, end }) => body <= index && index < end)
      .reduce((inner, next) => (inner && inner.body >= next.body ? inner : next), undefined);
    if (guard === undefined) {
      bare.push(name);
      continue;
    }
    const site = sites.get(guard.open) ?? { path, ...guard, checks: [] };
    if (!site.checks.includes(name)) site.checks.push(name);
    sites.set(guard.open, site);
  }
  const line = (offset) => text.slice(0, offset).split("\n").length;
  return {
    sites: [...sites.values()].map((site) => ({ ...site, line: line(site.open) })),
    bare,
  };
}

/** The text with each of its sites under the switch; `number` of a site is its switch. */
export function underSwitches(text, sites) {
  let out = text;
  for (const { open, close, number } of [...sites].sort((a, b) => b.open - a.open)) {
    const condition = out.slice(open + 1, close);
    out = `${out.slice(0, open + 1)}mutant_if(${number}, !!(${condition}))${out.slice(close)}`;
  }
  return `#include <trace/mutant.h>\n${out}`;
}
