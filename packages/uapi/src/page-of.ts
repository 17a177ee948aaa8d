// SPDX-License-Identifier: MIT

/**
 * Returns the page about a check, or about another cause that a tool of this project names. It is a
 * path in the site that `npm run site` writes, and does not change.
 *
 * @param id - the id of a check, or one that starts with `audit.`, `doctor.`, `explain.`,
 *   `lint.` or `trace.`.
 * @example
 * ```ts
 * pageOf("token.dropped.map"); // "checks/token.dropped.map.html"
 * pageOf("doctor.seccomp"); // "docs/doctor.html#doctorseccomp"
 * ```
 */
export function pageOf(id: string): string {
  const tool = /^(audit|doctor|explain|lint|trace)\./.exec(id)?.[1];
  if (tool === undefined) return `checks/${id}.html`;
  return `docs/${tool === "lint" ? "lint-findings" : tool}.html#${id.replaceAll(".", "")}`;
}
