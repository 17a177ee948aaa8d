// SPDX-License-Identifier: MIT
// Compares the results of one subtest on two kernels.

/** Why a subject has another result; `when` matches its output. */
const reasons = [
  {
    when: /does not have what it used: (.*?)(?:\. With|$)/m,
    reason: ([, what]) => `the subject does not have this, and ends the program: ${what}`,
  },
];

/** The names of the assertions of a subtest, with their results, sorted: two processes print them. */
export function assertions({ stdout }) {
  const found = stdout.matchAll(/(\w+):(PASS|FAIL):(\w+)/g);
  return [...found].map(([, where, result, name]) => `${where} ${name} ${result}`).sort();
}

/** Whether two runs have the same exit status and the same assertions with the same results. */
export function isSame(a, b) {
  return a.status === b.status && assertions(a).join("\n") === assertions(b).join("\n");
}

/** A run in words: `passes, 59 assertions`, or the first assertion that failed. */
export function describe(run) {
  const all = assertions(run);
  if (run.status === 0) return `passes (${all.length})`;
  const [failed] = [...run.stdout.matchAll(/\w+:FAIL:(\w+)/g)];
  return failed === undefined ? `status ${run.status}` : `fails at \`${failed[1]}\``;
}

/** The reason of a difference; undefined if no known one explains it. */
export function reasonOf({ stdout }) {
  for (const { when, reason } of reasons) {
    const found = when.exec(stdout);
    if (found !== null) return reason(found);
  }
  return undefined;
}
