// SPDX-License-Identifier: MIT

/** The answers as a table: per tool and cause, how many agree, differ, and name a fix that cures nothing. */
export function tableLines(rows) {
  const counts = new Map();
  for (const { tool, cause, verdict } of rows) {
    const key = `${tool} | ${cause}`;
    const count = counts.get(key) ?? { agreed: 0, later: 0, differs: 0, "no cure": 0 };
    count[verdict]++;
    counts.set(key, count);
  }
  const lines = [...counts].sort().map(([key, { agreed, later, differs, "no cure": none }]) => {
    return `| ${key} | ${agreed} | ${later} | ${differs} | ${none} |`;
  });
  return [
    "| tool | cause | agreed | later | differs | no cure |",
    "|---|---|---|---|---|---|",
    ...lines,
  ];
}
