// SPDX-License-Identifier: MIT
// Checks rows against their bounds. A time is bounded as a ratio to another row of the same run,
// because a slow or busy machine slows both. Sizes have absolute bounds.

const nanoseconds = { ns: 1, us: 1e3, ms: 1e6 };

/** The best sample: other processes only ever add time. For rates, the highest is the best. */
function best({ unit, min, max }) {
  if (unit === "1/s") return 1e9 / max;
  return min * (nanoseconds[unit] ?? 1);
}

/** The value of a bound without a base row, in the unit of its row. A difference has no best sample. */
function own({ median, min }, statistic) {
  return statistic === "median" ? median : min;
}

/** The target of each row, in the unit of the row. A target is no bound: noise may miss it. */
export function targetsOf(bounds) {
  return new Map(
    bounds.flatMap(({ row, target }) => (target === undefined ? [] : [[row, target]])),
  );
}

/**
 * Compares the rows of a run with the bounds.
 *
 * @param bounds - each with `row`, `atMost`, `why`, and `per`, the row that it is a multiple of; without
 *   `per`, `atMost` is in the unit of the row, and `statistic: "median"` takes the median in place of the
 *   best sample. `target` is for {@link targetsOf}.
 * @param rows - of one run.
 * @param skipped - prefixes of the names of rows that could not be measured here.
 * @returns for each bound a line, and whether it is kept. A bound without its row is not kept.
 */
export function judge(bounds, rows, skipped = []) {
  const byName = new Map(rows.map((one) => [one.name, one]));
  return bounds.flatMap(({ row, per, atMost, statistic, why }) => {
    if (skipped.some((start) => row.startsWith(start))) return [];
    const [measured, base] = [byName.get(row), per === undefined ? undefined : byName.get(per)];
    if (measured === undefined || (per !== undefined && base === undefined)) {
      return [{ kept: false, text: `${row}: the row or its base row is missing` }];
    }
    const value = base === undefined ? own(measured, statistic) : best(measured) / best(base);
    const kept = value <= atMost;
    const unit = base === undefined ? measured.unit : `times "${per}"`;
    const shown = value >= 100 ? Math.round(value) : value.toFixed(2);
    return [
      { kept, text: `${kept ? "kept" : "OVER"}  ${row}: ${shown} of ${atMost} ${unit} (${why})` },
    ];
  });
}
