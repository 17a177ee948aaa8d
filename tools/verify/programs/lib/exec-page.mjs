// SPDX-License-Identifier: MIT
// The page docs/exec-programs.md: its rows as values, so that some of them can be written again.

const DIFFERS = "**differs**";
const separator = " / ";

/** What a cell of the page says about one kernel: a status, a reason, or neither of them. */
export const found = ({ same, reason, status }) =>
  same ? { status: String(status) } : reason === undefined ? {} : { reason };

/**
 * Reads the rows of a page.
 *
 * @param count - how many kernels a cell is about.
 * @returns for each program, its cells; each has a value per kernel.
 */
export function readRows(text, count) {
  const reasons = new Map(
    [...text.matchAll(/^(\d+)\. (.*)$/gm)].map(([, number, reason]) => [`(${number})`, reason]),
  );
  const rows = new Map();
  for (const line of text
    .split("\n")
    .filter((one) => one.startsWith("| "))
    .slice(1)) {
    const [name, ...cells] = line.slice(2, -2).split(" | ");
    rows.set(
      name,
      cells.map((cell) => readCell(cell, count, reasons)),
    );
  }
  return rows;
}

function readCell(text, count, reasons) {
  const parts = text.split(separator);
  const all = parts.length === 1 ? Array.from({ length: count }, () => parts[0]) : parts;
  if (all.length !== count)
    throw new Error(`'${text}' is about ${all.length} kernels, not ${count}`);
  return all.map((part) => {
    if (part === DIFFERS) return {};
    return reasons.has(part) ? { reason: reasons.get(part) } : { status: part };
  });
}

/** The sentence that counts the runs of all rows. */
export function totalOf(rows) {
  const runs = [...rows.values()].flat(2);
  const same = runs.filter(({ status }) => status !== undefined).length;
  const explained = runs.filter(({ reason }) => reason !== undefined).length;
  const unknown = runs.length - same - explained;
  return `${runs.length} runs: ${same} are the same, ${explained} differ for a reason, ${unknown} differ without one`;
}

/** Formats the table, the policies, the total and the list of reasons. */
export function formatRows(rows, policies) {
  const reasons = [...new Set([...rows.values()].flat(2).flatMap(({ reason }) => reason ?? []))];
  const text = ({ status, reason }) =>
    status ?? (reason === undefined ? DIFFERS : `(${reasons.indexOf(reason) + 1})`);
  const cell = (values) => {
    const texts = values.map(text);
    return new Set(texts).size === 1 ? texts[0] : texts.join(separator);
  };
  const head = ["program", ...policies.map(({ short }) => short)];
  const lines = [...rows].map(([name, cells]) => [name, ...cells.map(cell)].join(" | "));
  return `| ${head.join(" | ")} |
|${head.map(() => "---").join("|")}|
${lines.map((line) => `| ${line} |`).join("\n")}

${policies.map(({ short, about }) => `- ${short}: ${about}`).join("\n")}

${totalOf(rows)}.

${reasons.map((reason, i) => `${i + 1}. ${reason}`).join("\n")}`;
}
