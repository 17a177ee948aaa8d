// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findCycle, importsOf, sourcesIn } from "../imports.mjs";
import { layers, readPackages, testLayers } from "../layers.mjs";

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly layers: readonly string[];
  readonly env: readonly string[];
  readonly manifest: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
}
type Graph = Readonly<Record<string, readonly string[]>>;

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages: readonly Package[] = readPackages();
const folders = packages.map(({ folder }) => folder).sort();
const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));

/** The packages among some import or dependency names, by folder. */
function toFolders(names: readonly string[], but: string): readonly string[] {
  const found = names.flatMap((name) => {
    const scoped = /^@bpf-token\/[^/]+/.exec(name)?.[0] ?? name.split("/")[0] ?? "";
    const folder = folderOf.get(scoped);
    return folder && folder !== but ? [folder] : [];
  });
  return [...new Set(found)].sort();
}

function importGraph(part: string): Graph {
  return Object.fromEntries(
    folders.map((folder) => {
      const files = sourcesIn(`${root}/packages/${folder}/${part}`);
      return [folder, toFolders(files.flatMap(importsOf), folder)];
    }),
  );
}

const imports = importGraph("src");
const page = readFileSync(`${root}/docs/architecture.md`, "utf8");

/** The line of each package in the picture. */
function pictureRows(): ReadonlyMap<string, number> {
  const picture = /^## The layers$[\s\S]*?^```text$([\s\S]*?)^```$/m.exec(page)?.[1] ?? "";
  const rows = picture.split("\n").flatMap((line, row) => {
    const words = line.match(/[a-z]+(-[a-z]+)*/g) ?? [];
    return words.filter((word) => folders.includes(word)).map((word) => [word, row] as const);
  });
  expect(new Set(rows.map(([word]) => word)).size, "a package occurs twice").toBe(rows.length);
  return new Map(rows);
}

/** The table below the picture: package to its imports. */
function importTable(): Graph {
  const rows = page.match(/^\| `[^`]+`( \(private\))? \|.*$/gm) ?? [];
  return Object.fromEntries(
    rows.flatMap((row) => {
      const [name = "", , cell = ""] = row.split("|").slice(1);
      const folder = folderOf.get(/`([^`]+)`/.exec(name)?.[1] ?? "");
      const listed = [...cell.matchAll(/[a-z]+(-[a-z]+)*/g)].map(([word]) => word);
      return folder ? [[folder, listed.sort()]] : [];
    }),
  );
}

describe("layers", () => {
  test("each layer is a package, and each package is a layer", () => {
    expect(Object.keys(layers).sort()).toEqual(folders);
    for (const { folder, name, layers: tags } of packages) {
      expect(tags, name).toEqual([folder]);
      expect(name).toBe(folder === "bpf-token" ? folder : `@bpf-token/${folder}`);
    }
  });

  test.each(folders)("%s imports what its layer lists, and nothing else", (folder) => {
    const table: Graph = layers;
    expect([...(table[folder] ?? [])].sort()).toEqual(imports[folder]);
  });

  test("a layer of tests lists only packages that tests import", () => {
    const inTests = importGraph("test");
    const table: Graph = testLayers;
    for (const folder of folders) {
      const unused = (table[folder] ?? []).filter(
        (name) => !imports[folder]?.includes(name) && !inTests[folder]?.includes(name),
      );
      expect(unused, folder).toEqual([]);
    }
  });

  test("manifests list the packages that are imported", () => {
    for (const { folder, manifest } of packages) {
      const listed = { ...manifest.dependencies, ...manifest.peerDependencies };
      expect(toFolders(Object.keys(listed), folder), folder).toEqual(imports[folder]);
    }
  });

  test("packages have no import cycle", () => {
    expect(findCycle(imports)).toBeUndefined();
  });

  test("finds a cycle", () => {
    expect(findCycle({ a: ["b"], b: ["c"], c: ["b"], d: [] })).toEqual(["b", "c", "b"]);
    expect(findCycle({ a: ["b", "c"], b: ["c"], c: [] })).toBeUndefined();
  });

  test("each package declares its environment", () => {
    for (const { name, env } of packages) expect(["any", "node"], name).toContain(env.join());
  });
});

describe("docs/architecture.md", () => {
  test("the picture shows each package above those that it imports", () => {
    const rows = pictureRows();
    expect([...rows.keys()].sort()).toEqual(folders);
    for (const [folder, below] of Object.entries(imports)) {
      for (const name of below) {
        const between = (rows.get(name) ?? 0) - (rows.get(folder) ?? 0);
        expect(between, `${folder} above ${name}`).toBeGreaterThan(0);
      }
    }
  });

  test("the table lists what each package imports", () => {
    expect(importTable()).toEqual(imports);
  });
});
