// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />

const spec = import.meta.glob<string>("../../../../docs/spec/*", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Returns the text of a file of docs/spec. */
export const specText = (name: string): string =>
  Object.entries(spec).find(([path]) => path.endsWith(`/${name}`))?.[1] ?? "";

/** A row of section 9 of the specification. */
export interface KernelRow {
  readonly item: string;
  /** The behaviour of each tested kernel, by its version. */
  readonly cells: Readonly<Record<string, string>>;
  readonly evidence: string;
  /** Whether the row is about one build of a kernel, not about a release. */
  readonly ofOneBuild: boolean;
}

const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

function readSection(): readonly KernelRow[] {
  const section = /^## 9\.[\s\S]*?(?=^## 10\.)/m.exec(specText("semantics.md"))?.[0] ?? "";
  const lines = section.split("\n").filter((line) => /^\|(?!-)/.test(line));
  const [head = [], ...rows] = lines.map(cellsOf);
  return rows.map((row) => {
    const named = Object.fromEntries(head.map((name, i) => [name, row[i] ?? ""]));
    const { item = "", evidence = "", ...cells } = named;
    return { item, cells, evidence, ofOneBuild: line(row).includes("not of the release") };
  });
}

const line = (row: readonly string[]): string => row.join(" ");

/** The rows of section 9, including those of one build. */
export const kernelRows: readonly KernelRow[] = readSection();

/** The rows about releases. */
export const releaseRows: readonly KernelRow[] = kernelRows.filter(({ ofOneBuild }) => !ofOneBuild);
