// SPDX-License-Identifier: MIT
/** The rows in which two matrices differ, each with both answers and the calls that differ. */
export function compareMatrices(subject, model, real) {
  const answers = new Map(real.rows.map((row) => [row.row, row.answers]));
  return model.rows.flatMap(({ row, asked, answers: expected }) => {
    const got = answers.get(row) ?? [];
    const pairs = expected.map((line, i) => [line, got[i]]).filter(([a, b]) => a !== b);
    if (pairs.length === 0) return [];
    const lines = pairs.map(([a, b]) => `${row}: model ${a}; ${subject} ${b ?? "nothing"}`);
    return [{ row, lines, calls: pairs.flatMap(([a, b]) => differing(asked, a, b)) }];
  });
}

/** The calls of a line with different answers; each pair of answers once. */
function differing({ cmd, attr }, line, other = "") {
  const [model, kernel] = [line, other].map(wordsBySubset);
  const pairs = new Map(model.map((word, subset) => [`${word} ${kernel[subset]}`, subset]));
  return [...pairs.values()]
    .filter((subset) => model[subset] !== kernel[subset])
    .map((subset) => ({
      ...{ call: "bpf", args: { cmd }, attr, what: "result", before: [] },
      model: { word: model[subset] },
      kernel: { word: kernel[subset] ?? "nothing" },
    }));
}

/** The answer for each capability subset, from `init none: EPERM=5555 ok=aaaa`. */
function wordsBySubset(line) {
  const words = [];
  for (const [, word, mask] of line.matchAll(/(\S+)=([0-9a-f]{4})/g)) {
    for (let subset = 0; subset < 16; subset++) {
      if ((Number.parseInt(mask, 16) >> subset) & 1) words[subset] = word;
    }
  }
  return words;
}

/** Splits differences into unexpected ones and the number of rows per known difference. */
export function explain(differences, known) {
  const counts = new Map();
  const unexpected = differences.filter(({ calls }) => {
    const entries = calls.map((call) => known.find(call));
    if (entries.length === 0 || entries.includes(undefined)) return true;
    for (const entry of new Set(entries)) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    return false;
  });
  return { unexpected, counts, idle: known.idle() };
}
