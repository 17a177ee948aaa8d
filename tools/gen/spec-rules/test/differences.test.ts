// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kernelReleases } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";

interface Rule {
  readonly id: string;
  readonly releases?: Readonly<Record<string, string>>;
}

interface Difference {
  readonly release: string;
  readonly rule: string;
}

const known: readonly string[] = kernelReleases;

function read<T>(name: string): readonly T[] {
  const path = fileURLToPath(new URL(`../../../../docs/spec/${name}`, import.meta.url));
  return JSON.parse(readFileSync(path, "utf8")) as T[];
}

const differences = read<Difference>("differences.json");

/** The reviewer asked for EINVAL and got EPERM, as in all later releases: no difference. */
const asReviewed = "EINVAL in the reviewer's text, EPERM in v11";

/** The value of a cell, without its remarks. */
function cellValue(cell: string): string {
  if (cell === asReviewed) return "y";
  return cell.replace(/\s*\(.*$/, "").trim();
}

/** Columns of a rule that differ from the previous column. */
function changes({ id, releases = {} }: Rule): readonly (readonly [string, string, string])[] {
  const columns = Object.keys(releases);
  return columns.slice(1).flatMap((column, i) => {
    const before = columns[i] ?? "";
    const [was, is] = [cellValue(releases[before] ?? ""), cellValue(releases[column] ?? "")];
    // The sizes in the series were never checked, so they cannot differ.
    const unknown = was.includes("..") || ["n/a", "no field"].includes(is);
    return was === is || unknown ? [] : [[id, before, column] as const];
  });
}

describe("differences.json", () => {
  test.each(read<Rule>("rules.json").flatMap(changes))(
    "lists that %s differs between %s and %s",
    (rule, before, column) => {
      const between = known.slice(known.indexOf(before) + 1, known.indexOf(column) + 1);
      const listed = differences.filter((d) => d.rule === rule && between.includes(d.release));
      expect(listed).not.toEqual([]);
    },
  );

  test("lists nothing twice", () => {
    const keys = differences.map(({ release, rule, ...rest }) =>
      JSON.stringify([release, rule, rest]),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});
