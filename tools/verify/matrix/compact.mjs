// SPDX-License-Identifier: MIT
/**
 * The matrix in a compact form for the package: most attach types and most releases have the same
 * answers. packages/bpf-token/src/matrix.ts reads it.
 */
export function compact(matrices) {
  const answers = new Map();
  const rows = new Map();
  for (const { bit, open, matrix } of matrices) {
    for (const [name, spec] of specs(matrix, answers)) {
      const row = rows.get(name) ?? new Map();
      const masks = row.get(spec) ?? [0, 0];
      masks[open ? 0 : 1] |= bit;
      rows.set(name, row.set(spec, masks));
    }
  }
  const lines = [...rows].map(([name, row]) => [
    name,
    [...row].map(([spec, [opened, closed]]) => [spec, opened, closed]),
  ]);
  return { answers: [...answers.keys()], rows: Object.fromEntries(lines) };
}

/** By name, the answers; for programs, `ANSWERS@ATTACH-TYPES` by attach type. */
function specs({ rows }, answers) {
  const byName = new Map();
  for (const { row, answers: lines } of rows) {
    const index = indexOf(answers, lines.join("; "));
    const [, name, attach] = /^(prog \S+) (\d+)$/.exec(row) ?? [undefined, row];
    const seen = byName.get(name) ?? new Map();
    seen.set(index, [
      ...(seen.get(index) ?? []),
      ...(attach === undefined ? [] : [Number(attach)]),
    ]);
    byName.set(name, seen);
  }
  return [...byName].map(([name, seen]) => {
    const parts = [...seen].map(([index, attach]) =>
      attach.length === 0 ? String(index) : `${index}@${ranges(attach)}`,
    );
    return [name, parts.join(" ")];
  });
}

function indexOf(known, text) {
  if (!known.has(text)) known.set(text, known.size);
  return known.get(text);
}

/** `0-3,5` from ascending numbers. */
export function ranges(numbers) {
  const spans = [];
  for (const n of numbers) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else spans.push([n, n]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
