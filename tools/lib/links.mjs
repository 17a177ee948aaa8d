// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { root } from "./run.mjs";
import { slug } from "./slug.mjs";

const fence = /^```[\s\S]*?^```$/gm;
const code = /`[^`\n]*`/g;
const link = /\]\(([^)\s]+)\)/g;

/** The text of a page without code blocks. */
function proseOf(page) {
  return readFileSync(root + page, "utf8").replace(fence, "");
}

/**
 * The links of a page to files of the repository, as paths from its top, with their anchors. Links
 * to other sites are not included.
 */
export function linksOf(page) {
  return [...proseOf(page).replace(code, "").matchAll(link)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split("#");
      return { path: path === "" ? page : normalize(join(dirname(page), path)), anchor };
    });
}

/** The anchors of a page, as GitHub derives them from headings. */
function anchorsOf(page) {
  const headings = [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, text]) => text);
  return headings.map(slug);
}

/** The broken links of pages: `PAGE: TARGET`. */
export function brokenLinks(pages) {
  const anchors = new Map();
  const isBroken = ({ path, anchor }) => {
    if (!existsSync(root + path)) return true;
    if (anchor === undefined || !path.endsWith(".md")) return false;
    if (!anchors.has(path)) anchors.set(path, new Set(anchorsOf(path)));
    return !anchors.get(path).has(anchor);
  };
  return pages.flatMap((page) =>
    linksOf(page)
      .filter(isBroken)
      .map(({ path, anchor }) => `${page}: ${path}${anchor === undefined ? "" : `#${anchor}`}`),
  );
}

/** The pages that are reachable with at most `clicks` links, including the first one. */
export function reachable(from, clicks) {
  let pages = new Set([from]);
  for (let click = 0; click < clicks; click++) {
    const next = [...pages].filter((page) => page.endsWith(".md")).flatMap(linksOf);
    pages = new Set([
      ...pages,
      ...next.map(({ path }) => path).filter((path) => path.endsWith(".md")),
    ]);
  }
  return pages;
}
