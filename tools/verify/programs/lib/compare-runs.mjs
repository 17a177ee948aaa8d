// SPDX-License-Identifier: MIT
// Compares two runs of a program: exit status and output, but for ids, times and addresses.

/** Reasons for differences: `when` matches the output of one of the runs. */
const reasons = [
  {
    when: /does not have what it used: (.*?)\. With/,
    reason: ([, what]) => `the model does not have this, and ends the program: ${what}`,
  },
  {
    when: /loaded_at/,
    reason: () => "the model has no load time, tag, memory and BTF id of a program",
  },
  { when: /value \(CPU 01\)/, reason: () => "the model has one CPU" },
];

export function isEqual(a, b) {
  return a.status === b.status && normal(a) === normal(b);
}

/** The reason of a difference; undefined if no known one explains it. */
export function describeDifference(a, b) {
  for (const { when, reason } of reasons) {
    for (const { stdout, stderr } of [a, b]) {
      const found = when.exec(stderr) ?? when.exec(stdout);
      if (found !== null) return reason(found);
    }
  }
  return undefined;
}

function normal({ stdout, stderr }) {
  return `${stdout}\n--\n${stderr}`
    .replace(/\b\d+: /g, "N: ")
    .replace(/\b0x[0-9a-f]+\b/g, "0xN")
    .replace(/\b(tag|pid|pids|id|map_ids|btf_id|memlock|loaded_at|uid) [^\s,]+/g, "$1 N")
    .replace(/current value: .*/g, "current value");
}
