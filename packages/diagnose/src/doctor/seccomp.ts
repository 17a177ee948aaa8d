// SPDX-License-Identifier: MIT
import { objectNeeds } from "@bpf-token/object";
import { BpfCmd, type BpfCmdName } from "@bpf-token/uapi";
import type { Facts, SeccompFact } from "../facts.js";
import { type SeccompVerdict, seccompVerdict } from "../seccomp/verdict.js";
import type { Finding } from "./finding.js";
import type { Wanted } from "./wanted.js";

/** The commands of loaders, most important first. */
const loading: readonly BpfCmdName[] = ["TOKEN_CREATE", "MAP_CREATE", "PROG_LOAD", "BTF_LOAD"];
const commands = Object.keys(BpfCmd) as BpfCmdName[];

/** Findings about the seccomp filters of a process: what they answer to bpf(), if they were read. */
export function seccompFindings(facts: Facts, wanted: Wanted): readonly Finding[] {
  const { seccomp, seccompFilters } = facts;
  if (seccomp !== 2) return [];
  return seccompFilters === undefined
    ? [notRead]
    : verdicts(seccompFilters, neededBy(facts, wanted));
}

/** The commands that must succeed. Without objects these are all commands of a loader. */
function neededBy(
  { userns }: Facts,
  { objects, loader }: Wanted,
): (command: BpfCmdName) => boolean {
  const names = new Set<string>();
  for (const object of objects.values()) {
    for (const { axis, name } of objectNeeds(object).needs) {
      if (axis === "cmds") names.add(name.toUpperCase());
    }
    if (loader === "libbpf") {
      // Its first probe loads a program. If it cannot load BTF, it continues without.
      names.add("PROG_LOAD");
      names.delete("BTF_LOAD");
    }
  }
  return (command) =>
    command === "TOKEN_CREATE"
      ? !userns.initial
      : objects.size === 0
        ? loading.includes(command)
        : names.has(command);
}

/** What to change if a filter refuses bpf(). */
export const seccompFix: readonly string[] = [
  "allow bpf() in the seccomp profile of the container: docs/eperm.md#seccomp",
];

const notRead: Finding = {
  id: "doctor.seccomp",
  severity: "note",
  confidence: "possible",
  cause: "a seccomp filter is active; it may refuse bpf() with EPERM or ENOSYS",
  evidence: ["Seccomp: 2 in /proc/PID/status", "the filter was not read: --seccomp reads it"],
  fix: ["check that the filter allows bpf(): docs/eperm.md#seccomp has a one-line test"],
};

function verdicts(
  fact: SeccompFact,
  isNeeded: (command: BpfCmdName) => boolean,
): readonly Finding[] {
  const groups = new Map<string, { verdict: SeccompVerdict; names: BpfCmdName[] }>();
  for (const name of commands) {
    const verdict = seccompVerdict(fact, name);
    const key = JSON.stringify(verdict);
    const group = groups.get(key) ?? { verdict, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ verdict, names }) => {
    const finding = findingOf(verdict, names, names.some(isNeeded), fact);
    return finding === undefined ? [] : [finding];
  });
}

function findingOf(
  verdict: SeccompVerdict,
  names: readonly BpfCmdName[],
  matters: boolean,
  { filters }: SeccompFact,
): Finding | undefined {
  const all = names.length === commands.length;
  const which = all ? "bpf()" : `bpf() with ${listed(names)}`;
  const evidence = [
    `seccomp filters: ${filters.length}`,
    ...(verdict.filter === 0 ? [] : [`the answer is that of filter ${verdict.filter}`]),
  ];
  const base = { id: "doctor.seccomp", evidence } as const;
  switch (verdict.action) {
    case "allow":
      if (!all) return undefined;
      return {
        ...base,
        severity: "note",
        confidence: "certain",
        cause: "the seccomp filters allow bpf() with every command",
        fix: [],
      };
    case "unknown":
    case "notify":
    case "trace": {
      const why = {
        unknown: `cannot tell what the seccomp filter answers to ${which}: ${verdict.why ?? ""}`,
        notify: `cannot tell: the seccomp filter asks a supervisor about ${which} (user notification)`,
        trace: `the seccomp filter asks a tracer about ${which}; without one the answer is ENOSYS`,
      };
      const cause = why[verdict.action];
      return { ...base, severity: "note", confidence: "possible", cause, fix: seccompFix };
    }
    default: {
      const answers = {
        errno: `answers ${verdict.errno === "0" ? "0, without running the call," : verdict.errno} to`,
        kill: "kills the process at",
        trap: "sends SIGSYS at",
      };
      return {
        ...base,
        severity: matters ? "error" : "warning",
        confidence: "certain",
        cause: `a seccomp filter ${answers[verdict.action]} ${which}, before the kernel looks at tokens`,
        fix: seccompFix,
      };
    }
  }
}

/** Names of commands, those of loaders first. */
function listed(names: readonly BpfCmdName[]): string {
  const sorted = [...names].sort(
    (a, b) => Number(loading.includes(b)) - Number(loading.includes(a)),
  );
  const more = sorted.length > 6 ? `, and ${sorted.length - 6} more commands` : "";
  return `${sorted.slice(0, 6).join(", ")}${more}`;
}
