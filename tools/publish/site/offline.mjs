// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../lib/run.mjs";

const loads = /<(?:script|img|iframe|source)\b[^>]*?\bsrc="([^"]+)"|<link\b[^>]*?\bhref="([^"]+)"/g;

/** The resources of a page that are remote or missing. */
export function notThere(html, exists) {
  return [...html.matchAll(loads)]
    .map((match) => match[1] ?? match[2])
    .filter((url) => !url.startsWith("data:"))
    .filter((url) => /^(\w+:)?\/\//.test(url) || !exists(url.replace(/[?#].*$/, "")));
}

/** Checks the site that typedoc wrote; returns whether every page works without a network. */
export function checkSite() {
  const folder = `${root}docs/api`;
  const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
  const wrong = pages.flatMap((page) => {
    const path = join(folder, page);
    const exists = (url) => existsSync(join(dirname(path), url));
    return notThere(readFileSync(path, "utf8"), exists).map((url) => `${page} loads ${url}`);
  });
  for (const line of wrong.slice(0, 20)) console.error(line);
  console.log(`docs/api: ${pages.length} pages, ${wrong.length} need a network`);
  return pages.length > 0 && wrong.length === 0;
}
