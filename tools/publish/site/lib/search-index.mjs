// SPDX-License-Identifier: MIT
// @ts-check
import { plain } from "./summary.mjs";

/** @typedef {{ id: number, title: string, page: string, path: string, text: string }} Entry */

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
