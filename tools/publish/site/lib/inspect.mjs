// SPDX-License-Identifier: MIT
// @ts-check
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { dirname, normalize } from "node:path/posix";
import { notThere } from "../offline.mjs";

const links = /<a\b[^>]*?\bhref="([^"]+)"/g;
const anchors = /\bid="([^"]+)"/g;

/**
 * What is wrong with a site: links without a target, and pages that need a network. Pages of the API
 * are checked by `npm run docs`.
 *
 * @param {string} folder
 * @param {readonly string[]} [absent] - files and folders that were not written
 * @returns {string[]}
 */
export function problemsOf(folder, absent = []) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const pages = names.filter((name) => name.endsWith(".html") && !name.startsWith("api/"));
  const there = (/** @type {string} */ path) =>
    absent.some((one) => path === one || path.startsWith(`${one}/`)) ||
    (existsSync(join(folder, path)) && statSync(join(folder, path)).isFile());
  /** @type {Map<string, Set<string>>} */
  const known = new Map();
  const anchorsIn = (/** @type {string} */ page) => {
    const found =
      known.get(page) ?? new Set(all(readFileSync(join(folder, page), "utf8"), anchors));
    known.set(page, found);
    return found;
  };
  return pages.flatMap((page) => {
    const html = readFileSync(join(folder, page), "utf8");
    const at = (/** @type {string} */ url) => normalize(join(dirname(page), url));
    const broken = all(html, links).filter((href) => {
      if (/^[a-z]+:/.test(href)) return false;
      const [path = "", anchor] = href.split("#");
      const target = path === "" ? page : at(path);
      if (!there(target)) return true;
      if (anchor === undefined || target.startsWith("api/") || isState(anchor)) return false;
      return !anchorsIn(target).has(anchor);
    });
    const missing = notThere(html, (/** @type {string} */ url) => there(at(url)));
    return [
      ...broken.map((href) => `${page}: ${href} has no target`),
      ...missing.map((url) => `${page} loads ${url}`),
    ];
  });
}

/** Whether an anchor is a state of the playground. @param {string} anchor */
const isState = (anchor) => anchor.includes("=");

/** @param {string} html @param {RegExp} pattern */
const all = (html, pattern) => [...html.matchAll(pattern)].map(([, text = ""]) => text);
