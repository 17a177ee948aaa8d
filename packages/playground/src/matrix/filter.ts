// SPDX-License-Identifier: MIT
// The filter of the view "Matrix".
import type { KernelRelease } from "@bpf-token/uapi";
import { attachNames, attachText, type MatrixRow, needText } from "bpf-token/matrix";

/** The cells of a row: type, attach types, and the needs of the three callers. */
export function cellsOf(row: MatrixRow, release: KernelRelease): readonly string[] {
  const { name, attach, init, child, withToken } = row;
  return [
    name.toLowerCase(),
    attach === undefined ? "–" : attachText(attach, release),
    needText(init),
    needText(child),
    withToken === undefined ? "takes no token" : needText(withToken),
  ];
}

/**
 * Returns a filter: every word is in a cell, or is `attach:` with the name of an attach type. A row for
 * nearly all attach types has only the others in its cell.
 *
 * @example
 * ```ts
 * rows.filter(filterOf("prog attach:sk_lookup", "7.3"));
 * ```
 */
export function filterOf(query: string, release: KernelRelease): (row: MatrixRow) => boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) => {
    const text = cellsOf(row, release).join(" ").toLowerCase();
    const names = attachNames(row.attach ?? []);
    return words.every((word) =>
      word.startsWith("attach:")
        ? names.includes(word.slice("attach:".length))
        : text.includes(word),
    );
  };
}
