// SPDX-License-Identifier: MIT
// @ts-check
// The differences between two kernel sources, of the functions and names that the model follows.

/**
 * A function that the model follows.
 * @typedef {{ path: string, name: string, at: string }} Tracked
 * @typedef {(path: string) => string | undefined} ReadSource
 */

const MODELS = /([\w./-]+\.[ch]):\s*(\w+)\(\)/g;

/**
 * The functions that a file of core-c names after `Models:`.
 *
 * @param {string} at - its path
 * @param {string} text
 * @returns {Tracked[]}
 */
export function trackedIn(at, text) {
  const comments = text.match(/Models:[^*]*(?:\*(?!\/)[^*]*)*/g) ?? [];
  return comments.flatMap((comment) =>
    [...comment.matchAll(MODELS)].map(([, path = "", name = ""]) => ({ path, name, at })),
  );
}

/**
 * The definition of a function without comments and spacing; undefined if the text has none.
 *
 * @param {string} text
 * @param {string} name
 */
export function definitionOf(text, name) {
  const start = new RegExp(`^(?:SYSCALL_DEFINE\\d\\(${name},|[\\w].*\\b${name}\\()`, "gm");
  for (const found of text.matchAll(start)) {
    const end = text.indexOf("\n}", found.index);
    const brace = text.indexOf("{", found.index);
    const semicolon = text.indexOf(";", found.index);
    // A declaration ends before the first brace.
    if (end < 0 || brace < 0 || (semicolon >= 0 && semicolon < brace)) continue;
    const body = text.slice(found.index, end + 2);
    return body.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(/\s+/g, " ");
  }
  return undefined;
}

/**
 * @param {readonly Tracked[]} tracked
 * @param {ReadSource} before
 * @param {ReadSource} after
 * @returns {string[]} a line for each function that changed, is new or is gone
 */
export function changedFunctions(tracked, before, after) {
  const seen = new Set();
  return tracked.flatMap(({ path, name, at }) => {
    const id = `${path}:${name}()`;
    const [old, now] = [before, after].map((read) => definitionOf(read(path) ?? "", name));
    if (seen.has(id) || old === now) return [];
    seen.add(id);
    const how = old === undefined ? "new" : now === undefined ? "gone" : "changed";
    return [`${how}: ${id}, modelled in ${at}`];
  });
}

/** @param {string} text - the enumerators and constants of a header */
function namesOf(text) {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const defined = [...plain.matchAll(/^#define\s+([A-Z]\w+)/gm)].map(([, name]) => name);
  const enums = [...plain.matchAll(/\benum\s*\w*\s*\{([^}]*)\}/g)].flatMap(([, body = ""]) =>
    [...body.matchAll(/^\s*([A-Z_]\w+)\s*[,=\n]/gm)].map(([, name]) => name),
  );
  return new Set([...defined, ...enums]);
}

/**
 * @param {readonly string[]} headers
 * @param {ReadSource} before
 * @param {ReadSource} after
 * @returns {string[]} a line for each name that is new or gone
 */
export function changedNames(headers, before, after) {
  return headers.flatMap((path) => {
    const [old, now] = [before, after].map((read) => namesOf(read(path) ?? ""));
    const added = [...(now ?? [])].filter((name) => !old?.has(name));
    const gone = [...(old ?? [])].filter((name) => !now?.has(name));
    return [
      ...added.map((name) => `new: ${name} in ${path}`),
      ...gone.map((name) => `gone: ${name} in ${path}`),
    ];
  });
}
