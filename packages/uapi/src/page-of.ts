// SPDX-License-Identifier: MIT

/**
 * Returns the page about a check, or about another cause that a tool of this project names. It is a
 * path in the site that `npm run site` writes, and does not change.
 *
 * @param id - the id of a check, or one that starts with `doctor.`, `explain.` or `trace.`.
 * @example
 * ```ts
 * pageOf("token.dropped.map"); // "checks/token.dropped.map.html"
 * pageOf("doctor.seccomp"); // "docs/doctor.html#doctorseccomp"
 * ```
 */
export function pageOf(id: string): string {
  const tool = /^(doctor|explain|trace)\./.exec(id)?.[1];
  return tool === undefined ? `checks/${id}.html` : `docs/${tool}.html#${id.replaceAll(".", "")}`;
}
