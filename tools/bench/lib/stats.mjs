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

/** Wide enough for most names, so that groups of rows stand in the same columns. */
const NAME = 52;

/** The rows as text in columns, with the target of those that have one. */
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
