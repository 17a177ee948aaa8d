// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readFixes } from "../emit-ts-fixes.mjs";

const made: string[] = [];
afterEach(() => {
  for (const d of made.splice(0)) rmSync(d, { recursive: true });
});

function fixes(
  entries: Readonly<Record<string, string>>,
  ids: readonly string[],
): [string, string][] {
  const d = mkdtempSync(join(tmpdir(), "fixes-test-"));
  made.push(d);
  writeFileSync(join(d, "fixes.json"), JSON.stringify(entries));
  return [
    ...readFixes(
      join(d, "fixes.json"),
      ids.map((id) => ({ id })),
    ),
  ];
}

describe("the fix of a check", () => {
  it("is the first entry that matches", () => {
    const entries = { "map.fd.open": "open it", "map.*": "use it well" };
    expect(fixes(entries, ["map.fd.open", "map.frozen", "mapping"])).toEqual([
      ["map.fd.open", "open it"],
      ["map.frozen", "use it well"],
    ]);
  });

  it("matches the whole id, and a question mark matches one character", () => {
    expect(fixes({ "x.?id": "map it" }, ["x.uid", "x.void", "y.uid"])).toEqual([
      ["x.uid", "map it"],
    ]);
  });

  it("exists for every check of the core", () => {
    const page = readFileSync(new URL("../../../../docs/checks.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    expect(rows.length).toBeGreaterThan(350);
    const cells = rows.map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    expect(cells.filter(([, , , , fix]) => fix === "").map(([, id]) => id)).toEqual([]);
  });

  it("must match a check", () => {
    const entries = { "gone.*": "wait" };
    expect(() => fixes(entries, ["x.uid"])).toThrow("fixes.json: 'gone.*' matches no check");
  });
});
