// SPDX-License-Identifier: MIT

const KB = 1024;

/**
 * Groups the rows: the first object, which includes one-time costs, the others by size, and all.
 */
export function classes(rows) {
  const [first, ...later] = rows;
  const between = (low, high) => later.filter(({ size }) => size >= low && size < high);
  return [
    { name: "first", rows: first === undefined ? [] : [first] },
    { name: "later, below 32 kB", rows: between(0, 32 * KB) },
    { name: "later, below 256 kB", rows: between(32 * KB, 256 * KB) },
    { name: "later, larger", rows: between(256 * KB, Number.POSITIVE_INFINITY) },
    { name: "all", rows },
  ].filter((one) => one.rows.length > 0);
}

/** The total user time of rows. */
export function sums(rows) {
  const sum = (of) => rows.reduce((total, row) => total + of(row), 0);
  return { count: rows.length, mine: sum((row) => row.mine), theirs: sum((row) => row.theirs) };
}
