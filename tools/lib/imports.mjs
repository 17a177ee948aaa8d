// SPDX-License-Identifier: MIT
// Finds the imports of TypeScript and JavaScript files with the compiler's parser, and cycles in a
// graph.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const source = /\.(tsx?|mts|mjs|js)$/;
const skipped = new Set(["node_modules", "dist", "out-tsc"]);

/** The source files below a folder. */
export function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sourcesIn(path);
    return source.test(entry.name) ? [path] : [];
  });
}

/** The imports of a file: static and dynamic ones and types, but none in comments and strings. */
export function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"), true, true);
  return importedFiles.map((file) => file.fileName);
}

/** The first cycle of a graph (node to its successors), or undefined. */
export function findCycle(graph) {
  const done = new Set();
  const visit = (node, path) => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph[node] ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of Object.keys(graph)) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
}
