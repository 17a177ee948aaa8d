// SPDX-License-Identifier: MIT
/** The rows in which two matrices differ, each with both answers. */
export function compareMatrices(subject, model, real) {
  const answers = new Map(real.rows.map((row) => [row.row, row.answers]));
  return model.rows.flatMap(({ row, answers: expected }) => {
    const got = answers.get(row) ?? [];
    const lines = expected.flatMap((line, i) =>
      line === got[i] ? [] : [`${row}: model ${line}; ${subject} ${got[i] ?? "nothing"}`],
    );
    return lines.length === 0 ? [] : [{ row, lines }];
  });
}

/** Splits differences into what nobody expects, and the numbers of rows that a reason explains. */
export function explain(subject, differences, known) {
  const counts = new Map();
  const unexpected = differences.filter(({ row }) => {
    const reason = known.find(({ where }) => where.test(`${subject} ${row}`));
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return reason === undefined;
  });
  const mine = known.filter(({ where }) => where.source.startsWith(`^${subject}`));
  const idle = mine.filter((reason) => !reason.machine && !counts.has(reason));
  return { unexpected, counts, idle };
}
