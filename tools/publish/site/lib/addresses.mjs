// SPDX-License-Identifier: MIT
// @ts-check
import { existsSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path/posix";
import { root } from "../../../lib/run.mjs";

/** The picture of the playground, in the repository and in the site. */
export const PICTURE = "docs/playground.svg";

/** The icon of every page. */
export const ICON = "assets/icon.svg";

/** The page with the top of the book; index.html is the playground's. */
export const top = "docs/index.html";

/**
 * The address of the page that shows a file of the repository.
 *
 * @param {string} path - such as docs/eperm.md
 * @returns {string} such as docs/eperm.html
 */
export function addressOf(path) {
  if (path === "docs/README.md") return top;
  return path.endsWith(".md") ? path.replace(/\.md$/, ".html") : `${path}.html`;
}

/**
 * The path from one page of the site to another, or to a file.
 *
 * @param {string} from
 * @param {string} to
 */
export const between = (from, to) => relative(dirname(from), to);

/**
 * Rewrites the link of a page of the repository for the site.
 *
 * @param {string} href
 * @param {string} source - the page with the link, as a path of the repository
 */
export function siteLink(href, source) {
  if (/^[a-z]+:/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const after = anchor === undefined ? "" : `#${anchor}`;
  if (path === "") return after;
  const target = normalize(join(dirname(source), path)).replace(/\/$/, "");
  if (target === "docs/api") return between(addressOf(source), "api/index.html");
  const page = existsSync(`${root}${target}/README.md`) ? `${target}/README.md` : target;
  return between(addressOf(source), addressOf(page)) + after;
}
