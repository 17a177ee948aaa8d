// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findCycle, importsOf, sourcesIn } from "../imports.mjs";
import { root } from "../run.mjs";

/** The folders that a folder imports, each with one such import. */
type Graph = Record<string, Record<string, string>>;

/** The import graph of the folders in `top`. */
function folderGraph(top: string): Graph {
  const folderOf = (path: string): string => relative(top, path).split(sep)[0] ?? "";
  const graph: Graph = {};
  for (const path of sourcesIn(top)) {
    const from = folderOf(path);
    graph[from] ??= {};
    for (const name of importsOf(path).filter((each: string) => each.startsWith("."))) {
      const target = resolve(dirname(path), name);
      const to = folderOf(target);
      if (to === from || to === "..") continue;
      graph[from][to] ??= `${relative(top, path)} imports ${relative(top, target)}`;
    }
  }
  return graph;
}

function cycleIn(graph: Graph): string[] | undefined {
  const names = Object.entries(graph).map(([from, to]) => [from, Object.keys(to)]);
  return findCycle(Object.fromEntries(names));
}

test("no folder of tools/ imports one that imports it", () => {
  const graph = folderGraph(join(root, "tools"));
  const found = Object.keys(graph).sort();
  expect(found).toEqual(["bench", "build", "ci", "gen", "guest", "lib", "publish", "verify"]);
  expect(graph.verify?.build, "imports are found at all").toMatch(/^verify.* imports build/);
  const cycle = cycleIn(graph) ?? [];
  expect(cycle.slice(1).map((to, i) => graph[cycle[i] ?? ""]?.[to])).toEqual([]);
});

test("tools/lib imports no other folder of tools/", () => {
  expect(folderGraph(join(root, "tools")).lib).toEqual({});
});

test("finds a cycle, and ignores comments and strings", () => {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-cycle-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  write("a/one.mjs", 'import { b } from "../b/lib/b.mjs";\n');
  write("b/lib/b.mjs", 'export const b = () => import("../../build/c.mjs");\n');
  write("build/c.mjs", 'export * from "../a/one.mjs";\n');
  write("d/d.mjs", 'import "../a/one.mjs";\n');
  expect(cycleIn(folderGraph(top))).toEqual(["a", "b", "build", "a"]);
  write("build/c.mjs", '// import "../a/one.mjs";\nexport const c = `import "../a/one.mjs"`;\n');
  expect(cycleIn(folderGraph(top))).toBeUndefined();
});
