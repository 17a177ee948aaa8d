// SPDX-License-Identifier: MIT
// Reads the system calls of a native program and its children from a log of strace.
import { spawnSync } from "node:child_process";

/** Whether strace is installed, and may trace here. */
export const hasStrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/** Options for numbers in place of names, which depend on the release of strace. */
export const rawOptions = ["-f", "-qq", "-e", "raw=all", "-e", "signal=none"];

/** A static program is linked to 0x400000; the stack and mapped memory are in the highest 2 TB. */
const isPointer = (value: number): boolean =>
  (value >= 0x400000 && value < 0x800000) || (value > 0x7e0000000000 && value < 0x800000000000);

/**
 * The calls of each process in the order of their start, without the first execve(): `NAME ARGUMENT…
 * = RESULT`. `ptr` stands for addresses, `pid` for process ids, also for those of `others`; how much is
 * read depends on the length of paths, and is not shown.
 */
export function callsIn(
  log: string,
  others: readonly number[] = [],
): readonly (readonly string[])[] {
  const begun = new Map<string, string>();
  const processes = new Map<string, string[]>();
  const rows = log.split("\n").flatMap((line) => {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    return pid === "" ? [] : [{ pid, rest }];
  });
  const pids = new Set([...others, ...rows.map(({ pid }) => Number(pid))]);
  for (const { pid, rest } of rows) {
    const list = processes.get(pid) ?? [];
    processes.set(pid, list);
    const unfinished = /^(.*?)\s*<unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) begun.set(pid, unfinished);
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const text = unfinished === undefined ? (end === undefined ? rest : begun.get(pid) + end) : "";
    if (end !== undefined) begun.delete(pid);
    const call = formatCall(text, pids);
    if (call !== undefined) list.push(call);
  }
  for (const [pid, text] of begun) processes.get(pid)?.push(formatCall(text, pids) ?? "");
  return [...processes.values()].map((list, i) => (i === 0 ? list.slice(1) : list));
}

function formatCall(text: string, pids: ReadonlySet<number>): string | undefined {
  const [, name, words = "", result = ""] = /^(\w+)\(([^)]*)\)?(?:\s*= (\S+))?/.exec(text) ?? [];
  // A process may be killed before it ends by itself.
  if (name === undefined || name === "exit_group") return undefined;
  const args = words.split(", ").filter(Boolean);
  if (name === "read") return `read ${args[0]}`;
  const shown = args.map((word) => {
    const value = Number(word);
    return isPointer(value) ? "ptr" : pids.has(value) ? "pid" : word;
  });
  const value = isPointer(Number(result)) ? "ptr" : pids.has(Number(result)) ? "pid" : result;
  return `${name} ${shown.join(" ")}${value === "" || value === "?" ? "" : ` = ${value}`}`;
}
