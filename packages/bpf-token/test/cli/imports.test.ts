// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { importCycles } from "./import-cycles.ts";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** The files of the package and their imports within it, including type-only and lazy ones. */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => relative(source, `${source}/${file}`));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(`${source}/${file}`, "utf8"));
      const own = importedFiles.filter(({ fileName }) => fileName.startsWith("."));
      return [
        file,
        own.map(({ fileName }) => posix.join(dirname(file), fileName).replace(/\.js$/, ".ts")),
      ] as const;
    }),
  );
}

describe("imports of the package", () => {
  const graph = importGraph();

  test("are read from the files, including lazy and type-only ones", () => {
    expect(graph.get("cli/main.ts")).toContain("cli/program.ts");
    expect(graph.get("cli/command-list.ts")).toContain("cli/commands/demo.ts");
    expect(graph.get("cli/commands/demo.ts")).toContain("cli/command.ts");
    const missing = [...graph].flatMap(([file, imported]) =>
      imported.filter((one) => !graph.has(one)).map((one) => `${file}: ${one}`),
    );
    expect(missing).toEqual([]);
  });

  test("have no cycle", () => {
    expect(importCycles(graph)).toEqual([]);
  });

  test("go from cli/ to the library, never back", () => {
    const back = [...graph].flatMap(([file, imported]) =>
      file.startsWith("cli/")
        ? []
        : imported.filter((one) => one.startsWith("cli/")).map((one) => `${file}: ${one}`),
    );
    expect(back).toEqual([]);
  });

  test("a folder of cli/ holds at most 20 files", () => {
    const counts = new Map<string, number>();
    for (const file of graph.keys()) {
      counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
  });
});

test("a cycle is reported with all of its files", () => {
  const graph = new Map([
    ["a", ["b", "d"]],
    ["b", ["c"]],
    ["c", ["a"]],
    ["d", ["d", "e"]],
    ["e", []],
  ]);
  expect(importCycles(graph)).toEqual([["d"], ["a", "b", "c"]]);
});
