// SPDX-License-Identifier: MIT
// @ts-check

/** @typedef {{ id: number, title: string, page: string, path: string, text: string }} Entry */

const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/**
 * The sections of pages as a script: a page that is opened from a file cannot fetch one.
 *
 * @param {readonly import("./files.mjs").SitePage[]} pages
 */
export function searchIndex(pages) {
  /** @type {Entry[]} */
  const entries = [];
  for (const page of pages)
    for (const part of page.html.split(/(?=<h[1-3])/)) {
      const [, id, title = page.title] = /^<h[1-3](?: id="([^"]*)")?>(.*?)<\/h/.exec(part) ?? [];
      entries.push({
        id: entries.length,
        title: plain(title),
        page: page.title,
        path: id === undefined ? page.path : `${page.path}#${id}`,
        text: plain(part),
      });
    }
  return `globalThis.searchEntries = ${JSON.stringify(entries)};\n`;
}

/** @param {string} html */
function plain(html) {
  return html
    .replace(/<[^>]+>/g, " ")
    .replace(/&\w+;/g, (one) => entities[/** @type {keyof typeof entities} */ (one)] ?? " ")
    .replace(/\s+/g, " ")
    .trim();
}
