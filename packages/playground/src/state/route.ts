// SPDX-License-Identifier: MIT
// Which view the page shows. The address has it as the first field.
import { parseFields } from "./fields.js";

/** The views of the page. */
export const views = [
  "start",
  "try",
  "releases",
  "scenario",
  "object",
  "verifier",
  "upstream",
  "matrix",
] as const;
/** One of {@link views}. */
export type View = (typeof views)[number];

/** An address: the view, and the fields of its state. */
export interface Route {
  readonly view: View;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * Parses a hash. Without a view, fields are the state of "try"; without fields the page starts.
 *
 * @example
 * ```ts
 * parseRoute("#view=start&text=EPERM").view; // "start"
 * parseRoute("#release=6.12").view; // "try"
 * ```
 */
export function parseRoute(hash: string): Route {
  const fields = parseFields(hash);
  const wanted = fields.get("view");
  const fallback = wanted === undefined && fields.size > 0 ? "try" : "start";
  return { view: views.find((view) => view === wanted) ?? fallback, fields };
}
