// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findCycle, groupGraph, specifiersOf } from "../cycles.mjs";
import { root } from "../run.mjs";

/** The folder of tools/ that a file lies in. */
function folderOf(path: string): string | undefined {
  return /^tools\/([^/]+)\//.exec(path)?.[1];
}

function sources(): Map<string, string> {
  const names = readdirSync(`${root}tools`, { recursive: true, encoding: "utf8" });
  const paths = names
    .map((name) => `tools/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.(mjs|ts)$/.test(path) && !path.includes("node_modules"));
  return new Map(paths.map((path) => [path, readFileSync(root + path, "utf8")]));
}

type Graph = Map<string, Map<string, string>>;

test("no folder of tools/ imports one that imports it", () => {
  const graph: Graph = groupGraph(sources(), folderOf);
  expect([...graph.keys()]).toEqual(expect.arrayContaining(["build", "gen", "lib", "verify"]));
  expect(graph.get("verify")?.has("build"), "imports were found at all").toBe(true);
  const cycle: string[] = findCycle(graph) ?? [];
  const proof = cycle.slice(1).map((to, i) => graph.get(cycle[i] ?? "")?.get(to));
  expect(proof, cycle.join(" -> ")).toEqual([]);
});

test("tools/lib imports no other folder of tools/", () => {
  const graph: Graph = groupGraph(sources(), folderOf);
  expect([...(graph.get("lib")?.values() ?? ["not found"])]).toEqual([]);
});

test("a cycle is found, however an import is written", () => {
  const files = new Map([
    ["tools/a/one.mjs", 'import { b } from "../b/lib/b.mjs";\n'],
    ["tools/b/lib/b.mjs", 'export const b = () => import("../../c/c.mjs");\n'],
    ["tools/c/c.mjs", 'export * from "../a/one.mjs";\n'],
    ["tools/d/d.mjs", 'import "../a/one.mjs";\n'],
  ]);
  const graph: Graph = groupGraph(files, folderOf);
  expect(findCycle(graph)).toEqual(["a", "b", "c", "a"]);
  expect(graph.get("c")?.get("a")).toBe("tools/c/c.mjs -> tools/a/one.mjs");
  files.set("tools/c/c.mjs", "");
  expect(findCycle(groupGraph(files, folderOf))).toBeUndefined();
});

test("imports in comments and texts do not count", () => {
  const text = '// import "./a.mjs";\nconst b = `import "./b.mjs";`;\nimport "./c.mjs";\n';
  expect(specifiersOf(text)).toEqual(["./c.mjs"]);
});
