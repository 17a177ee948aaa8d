// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { checkTable } from "@bpf-token/uapi";
import { linksOf } from "../../../lib/links.mjs";
import { pages } from "../../../lib/pages.mjs";
import { root } from "../../../lib/run.mjs";
import { addressOf, ICON, PICTURE } from "./addresses.mjs";
import { checkPages } from "./check-pages.mjs";
import { clientFiles } from "./client-files.mjs";
import { frame } from "./frame.mjs";
import { escapeHtml, renderPage, titleOf } from "./markdown.mjs";
import { navigationOf } from "./navigation.mjs";
import { searchIndex } from "./search-index.mjs";
import { summaryOf } from "./summary.mjs";

/** @typedef {{ path: string, title: string, html: string }} SitePage */

/**
 * The files of the site, without the API and the playground, which has index.html.
 *
 * @returns {Promise<Map<string, string>>} path below the top of the site to text
 */
export async function siteFiles() {
  const sources = bookPages().map((source) => ({
    source,
    path: addressOf(source),
    text: readFileSync(root + source, "utf8"),
  }));
  const titles = new Map(sources.map(({ path, text }) => [path, titleOf(text)]));
  const checks = new Set(checkTable().map(({ id }) => /** @type {string} */ (id)));
  const book = sources.map(({ source, path, text }) => ({
    path,
    title: titles.get(path) ?? path,
    html: renderPage(text, source, checks, titles),
  }));
  const checkedPages = checkPages();
  const texts = textPages(sources.map(({ source }) => source));
  const all = [...book, ...checkedPages, ...texts];
  const navigation = navigationOf(readFileSync(`${root}docs/README.md`, "utf8"), titles);
  return new Map([
    ...all.map((page) => /** @type {const} */ ([page.path, frame(page, navigation)])),
    [PICTURE, readFileSync(root + PICTURE, "utf8")],
    [ICON, readFileSync(new URL("../client/icon.svg", import.meta.url), "utf8")],
    [lost.path, frame(lost, navigation)],
    ["llms.txt", overview([...book, ...checkedPages])],
    ["assets/search-index.js", searchIndex([...book, ...checkedPages])],
    ...(await clientFiles()),
  ]);
}

/** What web servers show for an address without a page. @type {SitePage} */
const lost = {
  path: "404.html",
  title: "No such page",
  html: '<h1>No such page</h1>\n<p>The address has no page. <a href="docs/index.html">The documentation</a> has a search.</p>',
};

/** The pages with what they are about, for programs that read a site. @param {readonly SitePage[]} all */
function overview(all) {
  const lines = all.map((page) => `- [${page.title}](${page.path}): ${summaryOf(page)}`);
  return `# bpf-token\n\n> Why bpf() answers EPERM in a container, and what to delegate with a BPF token.\n\n## Pages\n\n${lines.join("\n")}\n`;
}

/** The pages for readers: what the links of README.md and of docs lead to. */
function bookPages() {
  const tracked = pages();
  const found = new Set(tracked.filter((page) => /^(README|docs\/.*)\.md$/.test(page)));
  for (const page of found)
    for (const { path } of linksOf(page)) {
      const target = tracked.includes(path) ? path : `${path}/README.md`;
      if (tracked.includes(target)) found.add(target);
    }
  return [...found];
}

/**
 * A page for each text file that a page links to: scenarios, tests, facts.
 *
 * @param {readonly string[]} sources
 * @returns {SitePage[]}
 */
function textPages(sources) {
  const linked = sources.flatMap(linksOf).map(({ path }) => path);
  const texts = new Set(linked.filter((path) => /\.(yaml|ts|json|c|h)$/.test(path)));
  return [...texts].map((path) => ({
    path: addressOf(path),
    title: path,
    html: `<h1>${escapeHtml(path)}</h1>\n<pre><code>${escapeHtml(
      readFileSync(root + path, "utf8"),
    )}</code></pre>`,
  }));
}
