// SPDX-License-Identifier: MIT
import { posix } from "node:path";
import ts from "typescript";

/** What a source file imports: the specifiers of its static and dynamic imports. */
export function specifiersOf(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/**
 * The import graph of groups of files.
 *
 * @param {Map<string, string>} files - path to text, with `/` as separator
 * @param {(path: string) => string | undefined} groupOf - undefined for a path outside of all groups
 * @returns {Map<string, Map<string, string>>} group to the groups it imports, each with one import
 *   that proves it: `from -> to`
 */
export function groupGraph(files, groupOf) {
  const graph = new Map();
  for (const [path, text] of files) {
    const from = groupOf(path);
    if (from === undefined) continue;
    if (!graph.has(from)) graph.set(from, new Map());
    for (const specifier of specifiersOf(text).filter((name) => name.startsWith("."))) {
      const target = posix.join(posix.dirname(path), specifier);
      const to = groupOf(target);
      if (to === undefined || to === from || graph.get(from).has(to)) continue;
      graph.get(from).set(to, `${path} -> ${target}`);
    }
  }
  return graph;
}

/** The groups of one cycle in their order, the first again at the end; undefined without a cycle. */
export function findCycle(graph) {
  const finished = new Set();
  const visit = (group, path) => {
    if (path.includes(group)) return [...path.slice(path.indexOf(group)), group];
    if (finished.has(group)) return undefined;
    for (const next of graph.get(group)?.keys() ?? []) {
      const cycle = visit(next, [...path, group]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(group);
    return undefined;
  };
  for (const group of graph.keys()) {
    const cycle = visit(group, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
