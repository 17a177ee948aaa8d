#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// offline.mjs: whether the site that typedoc wrote opens without a network: everything that a page
// loads by itself lies beside it. Links that a reader may follow can lead anywhere. Exit 1 names them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../lib/run.mjs";

const loads = /<(?:script|img|iframe|source)\b[^>]*?\bsrc="([^"]+)"|<link\b[^>]*?\bhref="([^"]+)"/g;

/** What a page loads, and does not have beside it. */
export function notThere(html, exists) {
  return [...html.matchAll(loads)]
    .map((match) => match[1] ?? match[2])
    .filter((url) => !url.startsWith("data:"))
    .filter((url) => /^(\w+:)?\/\//.test(url) || !exists(url.replace(/[?#].*$/, "")));
}

function main() {
  const folder = `${root}docs/api`;
  const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".html"));
  const wrong = pages.flatMap((page) => {
    const path = join(folder, page);
    const exists = (url) => existsSync(join(dirname(path), url));
    return notThere(readFileSync(path, "utf8"), exists).map((url) => `${page} loads ${url}`);
  });
  for (const line of wrong.slice(0, 20)) console.error(line);
  console.log(`docs/api: ${pages.length} pages, ${wrong.length} need a network`);
  if (pages.length === 0 || wrong.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
