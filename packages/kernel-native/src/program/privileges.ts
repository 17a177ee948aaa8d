// SPDX-License-Identifier: MIT
// A program that root runs changes its ids on the host, too. That also drops its capabilities there.
import { readFileSync } from "node:fs";
import { NR } from "./numbers.js";
import { HOST, type Outcome } from "./outcome.js";

const ofUsers: ReadonlySet<number> = new Set<number>([NR.setuid, NR.setreuid, NR.setresuid]);
/** The host needs capabilities for these, which it takes from a thread without root. */
const ofGroups: ReadonlySet<number> = new Set<number>([
  ...[NR.setgid, NR.setregid, NR.setresgid, NR.setgroups],
]);

/** Whether this process is in the initial user namespace, where user id 0 is root of the host. */
let initial: boolean | undefined;

function isInitial(): boolean {
  initial ??= /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "latin1"));
  return initial;
}

/** The user ids of a thread on the host: the real, the effective and the saved one. */
function userIds(tid: number): readonly string[] {
  const line = /^Uid:\t(.*)$/m.exec(readFileSync(`/proc/${tid}/status`, "latin1"))?.[1] ?? "";
  return line.split("\t").slice(0, 3);
}

/**
 * Returns the answer to a call that the chosen kernel has answered: that of the host, if a thread of
 * root changes its ids. Otherwise it would stay root of the host, and think that it is not.
 */
export function alsoOnHost(tid: number, nr: number, outcome: Outcome): Outcome {
  if (outcome.kind !== "value" || outcome.value !== 0) return outcome;
  if (!(ofUsers.has(nr) || ofGroups.has(nr)) || !isInitial()) return outcome;
  const ids = userIds(tid);
  return (ofUsers.has(nr) ? ids.includes("0") : ids[1] === "0") ? HOST : outcome;
}
