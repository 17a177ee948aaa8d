// SPDX-License-Identifier: MIT
// Which view the page shows. The address has it as the first field.
import { parseFields } from "./fields.js";

/** The views of the page. */
export const views = [
  "try",
  "releases",
  "scenario",
  "object",
  "verifier",
  "upstream",
  "explain",
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
 * Parses a hash; an unknown view is the first one.
 *
 * @example
 * ```ts
 * parseRoute("#view=explain&text=EPERM").view; // "explain"
 * ```
 */
export function parseRoute(hash: string): Route {
  const fields = parseFields(hash);
  const wanted = fields.get("view");
  return { view: views.find((view) => view === wanted) ?? "try", fields };
}
