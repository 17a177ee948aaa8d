// SPDX-License-Identifier: MIT
// Compares two runs of a program: exit status and output, but for ids, times and addresses.

/** Reasons for differences: `when` matches the output of one of the runs. */
const reasons = [
  {
    when: /does not have what it used: (.*?)\. With/,
    reason: ([, what]) => `the model does not have this, and ends the program: ${what}`,
  },
  {
    when: /not jited {2}memlock.*\n\s*btf_id/,
    reason: () => "the model has no load time of a program and no JIT compiler",
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

/** What one of two runs prints in addition, and why. */
const additions = [
  {
    lines: /^.*-- BEGIN PROG LOAD LOG --\n(?:.*\n)*?.*-- END PROG LOAD LOG --\n/gm,
    reason: "the model has no contents of verifier logs",
  },
  {
    lines: /^(?:CONFIG_\w+ is .*|skipping kernel config, can't open file: .*)\n/gm,
    reason: "the model has no /proc/config.gz, and neither do Debian's kernels",
  },
];

/** The reason of a difference; undefined if no known one explains it. */
export function describeDifference(a, b) {
  for (const { lines, reason } of additions) {
    const without = ({ status, stdout, stderr }) => ({
      ...{ status, stdout: stdout.replace(lines, ""), stderr: stderr.replace(lines, "") },
    });
    if (isEqual(without(a), without(b))) return reason;
  }
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
    .replace(/\t/g, "")
    .replace(/KERNEL_VERSION\([\d, ]+\)/g, "KERNEL_VERSION(N)")
    .replace(/^\d+ +(?=bpf\()/gm, "")
    .replace(/\b\d+: /g, "N: ")
    .replace(/\b0x[0-9a-f]+\b/g, "0xN")
    .replace(/\b(tag|pid|pids|id|map_ids|btf_id|memlock|loaded_at|uid) [^\s,]+/g, "$1 N")
    .replace(/current value: .*/g, "current value");
}
