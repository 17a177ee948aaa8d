// SPDX-License-Identifier: MIT

/** The median; for an even count, the mean of the two values in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** One row of the table: name, unit, median and extremes of some samples. */
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

/** Wide enough for most names, so that all groups share their columns. */
const NAME = 52;

/** The rows as text in columns, with the target of rows that have one. */
export function table(rows, targets = new Map()) {
  return rows
    .map(({ name, unit, median: middle, min, max, samples }) => {
      const value = samples > 1 ? digits(middle) : String(Math.round(middle * 100) / 100);
      const spread = samples > 1 ? `${digits(min)} … ${digits(max)} of ${samples}` : "";
      const target = targets.has(name) ? `  target ${targets.get(name)}` : "";
      return `${name.padEnd(NAME)} ${value.padStart(9)} ${unit.padEnd(6)} ${spread}${target}`.trimEnd();
    })
    .join("\n");
}
