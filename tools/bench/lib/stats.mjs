// SPDX-License-Identifier: MIT

/** The middle of some numbers; of an even count, the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** One line of the table: what, the median of some samples with their extremes, and the unit. */
export function row(name, unit, samples) {
  return {
    name,
    unit,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
  };
}

function digits(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The rows as text in columns. */
export function table(rows) {
  const cells = rows.map(({ name, unit, median: middle, min, max, samples }) => [
    name,
    samples > 1 ? digits(middle) : String(middle),
    unit,
    samples > 1 ? `${digits(min)} … ${digits(max)} of ${samples}` : "",
  ]);
  const wide = (i) => Math.max(...cells.map((cell) => cell[i].length));
  const [name, value, unit] = [0, 1, 2].map(wide);
  return cells
    .map(([a, b, c, d]) =>
      `${a.padEnd(name)}  ${b.padStart(value)} ${c.padEnd(unit)}  ${d}`.trimEnd(),
    )
    .join("\n");
}
