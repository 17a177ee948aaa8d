// SPDX-License-Identifier: MIT
// @ts-check
import { join } from "node:path/posix";
import { addressOf } from "./addresses.mjs";

/** @typedef {{ title: string, links: { text: string, path: string }[] }} Section */

/**
 * The navigation: the sections of docs/README.md with the pages that they list.
 *
 * @param {string} text - docs/README.md
 * @param {ReadonlyMap<string, string>} titles - the title of each page, by address
 * @returns {Section[]}
 */
export function navigationOf(text, titles) {
  const [, ...sections] = text.split(/^## /m);
  return sections.map((section) => ({
    title: (section.split("\n", 1)[0] ?? "").replace(/:.*$/, ""),
    links: [...section.matchAll(/^(?:\| |- )\[([^\]]+)\]\(([^)]+\.md)\)/gm)].map(
      ([, name = "", to = ""]) => {
        const path = addressOf(join("docs", to));
        return { text: titles.get(path) ?? name, path };
      },
    ),
  }));
}
