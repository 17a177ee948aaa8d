// SPDX-License-Identifier: MIT
// @ts-check

/** Search engines show about as much. */
const LENGTH = 160;
const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** The text of HTML, on one line. @param {string} html */
export function plain(html) {
  return html
    .replace(/<[^>]+>/g, " ")
    .replace(/&\w+;/g, (one) => entities[/** @type {keyof typeof entities} */ (one)] ?? " ")
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * What a page is about: its first paragraph, whole words of it.
 *
 * @param {import("./files.mjs").SitePage} page
 */
export function summaryOf({ title, html }) {
  const [, first] = /<p[^>]*>([\s\S]*?)<\/p>/.exec(html) ?? [];
  const text = plain(first ?? "") || title;
  if (text.length <= LENGTH) return text;
  return `${text.slice(0, LENGTH).replace(/\s\S*$/, "")}…`;
}
