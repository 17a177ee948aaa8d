// SPDX-License-Identifier: MIT
// @ts-check

/**
 * The anchor of a heading, as GitHub derives it.
 *
 * @param {string} heading - the text, without Markdown
 * @returns {string}
 */
export function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
