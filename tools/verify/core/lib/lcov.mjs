// SPDX-License-Identifier: MIT
// Parses the output of `llvm-cov export -format=lcov`.

/**
 * @returns by source: `lines`, a map from line to count, and `branches`, each with its `line` and
 *   `taken`.
 */
export function readLcov(text, top) {
  const files = new Map();
  let file;
  for (const row of text.split("\n")) {
    const [key, value = ""] = [row.slice(0, row.indexOf(":")), row.slice(row.indexOf(":") + 1)];
    if (key === "SF") {
      file = { lines: new Map(), branches: [] };
      files.set(value.replace(`${top}/`, ""), file);
    } else if (key === "DA") {
      const [line, count] = value.split(",").map(Number);
      file.lines.set(line, count);
    } else if (key === "BRDA") {
      const [line, , , taken] = value.split(",");
      file.branches.push({ line: Number(line), taken: taken !== "-" && taken !== "0" });
    }
  }
  return files;
}

/** Finds the lines of a list of exclusions, and the entries that no longer match a line. */
export function excludedLines(exclusions, sourceOf) {
  const lines = new Map();
  const stale = [];
  for (const { file, text, reason } of exclusions) {
    const rows = sourceOf(file)?.split("\n") ?? [];
    const found = rows.flatMap((row, i) => (row.trim() === text ? [i + 1] : []));
    if (found.length === 0 || !reason) stale.push(`${file}: ${text}`);
    const known = lines.get(file) ?? new Set();
    for (const line of found) known.add(line);
    lines.set(file, known);
  }
  return { lines, stale };
}

/** The coverage of one file: counts, and the uncovered lines and branches. */
export function summary(file, { lines, branches }, excluded = new Set()) {
  const counted = [...lines].filter(([line]) => !excluded.has(line));
  const choices = branches.filter(({ line }) => !excluded.has(line));
  const missed = counted.filter(([, count]) => count === 0).map(([line]) => line);
  const oneWay = choices.filter(({ line, taken }) => !taken && lines.get(line) !== 0);
  return {
    file,
    lines: counted.length,
    linesMissed: missed,
    branches: choices.length,
    branchesMissed: choices.filter(({ taken }) => !taken).length,
    oneWay: [...new Set(oneWay.map(({ line }) => line))],
  };
}

export function percent(all, missed) {
  return all === 0 ? 100 : (100 * (all - missed)) / all;
}
