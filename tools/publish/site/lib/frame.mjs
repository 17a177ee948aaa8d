// SPDX-License-Identifier: MIT
// @ts-check
import { between, ICON, top } from "./addresses.mjs";
import { escapeHtml } from "./markdown.mjs";
import { summaryOf } from "./summary.mjs";

/** A page opens no connection, and runs and shows only files of the site. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

/** The page with a field for an error text. */
const PASTE = "docs/eperm.html";

/**
 * The HTML of a page of the book.
 *
 * @param {import("./files.mjs").SitePage} page
 * @param {readonly import("./navigation.mjs").Section[]} navigation
 */
export function frame(page, navigation) {
  /** @param {string} path */
  const to = (path) => escapeHtml(between(page.path, path));
  const description = escapeHtml(summaryOf(page));
  const lists = navigation.map(
    ({ title, links }) =>
      `<h2>${escapeHtml(title)}</h2>\n<ul>${links
        .map(
          ({ text, path }) =>
            `<li><a href="${to(path)}"${
              path === page.path ? ' aria-current="page"' : ""
            }>${escapeHtml(text)}</a></li>`,
        )
        .join("\n")}</ul>`,
  );
  return `<!doctype html>
<html lang="en" data-top="${to(".") || "."}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)} · bpf-token</title>
<meta name="description" content="${description}">
<meta property="og:title" content="${escapeHtml(page.title)}">
<meta property="og:description" content="${description}">
<meta property="og:type" content="article">
<link rel="icon" href="${to(ICON)}">
<link rel="stylesheet" href="${to("assets/site.css")}">
<script defer src="${to("assets/site.js")}"></script>
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header>
<a class="name" href="${to(top)}">bpf-token</a>
<a href="${to("index.html")}">Playground</a>
<a href="${to(top)}">Documentation</a>
<a href="${to("docs/checks.html")}">Checks</a>
<a href="${to("api/index.html")}">API</a>
<search><label>Search <input type="search" id="search" autocomplete="off" spellcheck="false"></label>
<div id="results" role="status" hidden></div></search>
</header>
<div class="columns">
<nav aria-label="Pages"><details id="pages"><summary>Pages</summary>
${lists.join("\n")}
</details></nav>
<main id="content">
${page.path === PASTE ? pasteField(to("index.html")) : ""}${page.html}
</main>
</div>
</body>
</html>
`;
}

/**
 * A field whose text the playground explains; the script of the pages shows it.
 *
 * @param {string} playground
 */
const pasteField = (playground) =>
  `<form id="paste" data-playground="${playground}" hidden><p><label>Paste your error, and read its cause:<br>
<textarea rows="3" cols="60" spellcheck="false"></textarea></label><br>
<button>Find the cause</button></p></form>
`;
