// SPDX-License-Identifier: MIT
// Whether rows keep their bounds. A bound is a ratio to another row of the same run, so that a slow
// machine, or one that others use, is slow in both; sizes are bounded as they are.

const nanoseconds = { ns: 1, us: 1e3, ms: 1e6 };

/** The best of the samples: others add time, nobody takes any away. More per second is better. */
function best({ unit, min, max }) {
  if (unit === "1/s") return 1e9 / max;
  return min * (nanoseconds[unit] ?? 1);
}

/** What is aimed at, by the name of the row and in its unit: not a bound, which noise must not break. */
export function targetsOf(bounds) {
  return new Map(
    bounds.flatMap(({ row, target }) => (target === undefined ? [] : [[row, target]])),
  );
}

/**
 * Judges a run.
 *
 * @param bounds - each with `row`, `atMost`, `why`, and `per`, the row that it is a multiple of; `target` is
 *   for {@link targetsOf}.
 * @param rows - of one run.
 * @param skipped - beginnings of the names of rows that could not be measured here.
 * @returns for each bound a line, and whether it is kept; one that is about no row is not.
 */
export function judge(bounds, rows, skipped = []) {
  const byName = new Map(rows.map((one) => [one.name, one]));
  return bounds.flatMap(({ row, per, atMost, why }) => {
    if (skipped.some((start) => row.startsWith(start))) return [];
    const [measured, base] = [byName.get(row), per === undefined ? undefined : byName.get(per)];
    if (measured === undefined || (per !== undefined && base === undefined)) {
      return [{ kept: false, text: `${row}: there is no such row, or none that it is told by` }];
    }
    const value = best(measured) / (base === undefined ? 1 : best(base));
    const kept = value <= atMost;
    const unit = base === undefined ? measured.unit : `times "${per}"`;
    const shown = value >= 100 ? Math.round(value) : value.toFixed(2);
    return [
      { kept, text: `${kept ? "kept" : "OVER"}  ${row}: ${shown} of ${atMost} ${unit} (${why})` },
    ];
  });
}
