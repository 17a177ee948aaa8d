// SPDX-License-Identifier: MIT
// The table of `npm run tool rules -- --random`.

function cellsOf({ mutant, killers, random }) {
  const test = [...killers.values()].find((killer) => killer !== null)?.test;
  const { sequences, seconds } = random;
  const spent = `${sequences} sequences, ${Math.ceil(seconds)} s`;
  return [
    mutant.name,
    test ?? "NOT NOTICED",
    mutant.sequences,
    random.found ? `after ${spent}` : `NOT NOTICED in ${spent}`,
  ];
}

/** Prints a line per error; returns the exit code. */
export function printErrors(results) {
  const head = ["error", "test that notices it", "release", "random sequences"];
  const rows = [head, ...results.map(cellsOf)];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    );
  }
  const missed = results.filter(
    ({ killers, random }) => !random.found || [...killers.values()].every((one) => one === null),
  );
  console.log(`${results.length} errors, ${missed.length} not noticed in both ways`);
  return missed.length === 0 ? 0 : 1;
}
