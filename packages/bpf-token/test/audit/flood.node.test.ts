// SPDX-License-Identifier: MIT
// A container can have any number of user namespaces, and each is a row. It must not hide those of others.
import { readHost } from "@bpf-token/diagnose/node";
import { expect, test } from "vitest";
import { changesBetween } from "../../src/audit/changes.ts";
import { type Audit, auditHost } from "../../src/audit/index.ts";
import { chosen } from "../../src/cli/commands/audit/follow.ts";
import { textLines } from "../../src/cli/commands/audit/text.ts";
import { shownChanges } from "../../src/cli/commands/audit/watch.ts";
import { plain } from "../../src/text/paint.ts";
import { bpffs, caps, hostTree, type TreeProcess } from "./host-tree.ts";

const process = (cgroup: string, userns: number, maps = "any"): TreeProcess => ({
  ...{ userns, mnt: userns, net: userns, permitted: caps.BPF },
  mountinfo: bpffs(67, `0:${userns}`, `delegate_cmds=map_create,delegate_maps=${maps}`),
  cgroup: `0::${cgroup}\n`,
});
const numbered = (one: (i: number) => TreeProcess): Readonly<Record<string, TreeProcess>> =>
  Object.fromEntries(Array.from({ length: 70 }, (_, i) => [100 + i, one(i)]));
const auditOf = (processes: Readonly<Record<string, TreeProcess>>): Audit =>
  auditHost(readHost(hostTree(processes)));

const victim = (maps?: string) => ({
  998: process("/system.slice/agent.service", 998, maps),
  999: process("/system.slice/agent.service", 998, maps),
});
/** As its host sees a container that a manager started, and processes that none did. */
const floods = [
  ["a container", numbered((i) => process("/system.slice/flood.service", 200 + i))],
  ["processes without a manager", numbered((i) => process("/", 200 + i))],
] as const;

test.each(floods)("audit shows the other containers next to many rows of %s", (_, flood) => {
  const audit = auditOf({ ...flood, ...victim() });
  const lines = textLines(audit, plain, 100);
  expect(lines.filter((line) => /^agent\.service +\d+ /.test(line))).toHaveLength(1);
  expect(lines).toContain("21 more delegations: --json prints all");
});

test.each(floods)("audit --trace follows the other containers next to many of %s", (_, flood) => {
  const pids = chosen(auditOf({ ...flood, ...victim() }).rows);
  expect([pids.length, pids.includes(998), pids.includes(999)]).toEqual([64, true, true]);
});

test.each(floods)(
  "audit --watch shows changes of other containers next to those of %s",
  (_, flood) => {
    const changes = changesBetween(auditOf(victim("array")), auditOf({ ...flood, ...victim() }));
    const shown = shownChanges(changes).map((change) =>
      "row" in change ? `${change.kind} ${change.row.access.who}` : "",
    );
    expect(shown).toHaveLength(50);
    for (const one of ["new agent.service", "gone agent.service"]) expect(shown).toContain(one);
  },
);

test("rows stay in their order if all of them are shown", () => {
  const audit = auditOf({ ...victim(), 5: process("/", 5, "array"), 6: process("/", 6) });
  const lines = textLines(audit, plain, 100);
  const start = lines.findIndex((line) => line.startsWith("who ")) + 1;
  const names = lines.slice(start, start + audit.rows.length).map((line) => line.split("  ")[0]);
  expect(names).toEqual(audit.rows.map(({ access }) => access.who));
});
