// SPDX-License-Identifier: MIT
import { readHost } from "@bpf-token/diagnose/node";
import { expect, test } from "vitest";
import { changesBetween } from "../../src/audit/changes.ts";
import { auditHost } from "../../src/audit/index.ts";
import { changeJson } from "../../src/cli/commands/audit/formats.ts";
import { changeLine } from "../../src/cli/commands/audit/watch.ts";
import { plain } from "../../src/text/paint.ts";
import { bpffs, caps, hostTree, type TreeProcess, tokenInfo } from "./host-tree.ts";

const narrow = "delegate_cmds=map_create,delegate_maps=array";
const wide = "delegate_cmds=map_create,delegate_maps=any";

/** A process of the unit agent.service in a container of its own. */
const agent = (options: string, more: TreeProcess = {}): TreeProcess => ({
  ...{ userns: 77, mnt: 78, net: 79, permitted: caps.BPF, mountinfo: bpffs(67, "0:40", options) },
  cgroup: "0::/system.slice/agent.service\n",
  ...more,
});

const token = { fds: { 4: tokenInfo(67, 900, ["0x1", "0x4", "0x0", "0x0"]) } };

type Processes = Readonly<Record<string, TreeProcess>>;

const lines = (before: Processes, after: Processes): readonly string[] => {
  const [from, to] = [before, after].map((processes) => auditHost(readHost(hostTree(processes))));
  if (from === undefined || to === undefined) throw new Error("two audits");
  const time = new Date(2026, 0, 1, 9, 5, 3);
  return changesBetween(from, to).map((change) => changeLine(change, time, plain));
};

test.each<[string, Processes, Processes, readonly string[]]>([
  ["nothing", { 9: agent(narrow) }, { 9: agent(narrow) }, []],
  ["another process of the same", { 9: agent(narrow) }, { 8: agent(narrow), 9: agent(narrow) }, []],
  ["a process in place of another", { 9: agent(narrow) }, { 8: agent(narrow) }, []],
  [
    "a start",
    {},
    { 9: agent(wide) },
    [
      "09:05:03 new     agent.service: delegate_cmds=map_create delegate_maps=any; warning [audit.any]",
    ],
  ],
  [
    "a start without a finding",
    {},
    { 9: agent(narrow) },
    ["09:05:03 new     agent.service: delegate_cmds=map_create delegate_maps=array; ok"],
  ],
  ["an end", { 9: agent(narrow) }, {}, ["09:05:03 gone    agent.service"]],
  [
    "a new start with other masks",
    { 9: agent(wide) },
    { 9: agent(narrow, { userns: 87 }) },
    [
      "09:05:03 new     agent.service: delegate_cmds=map_create delegate_maps=array; ok",
      "09:05:03 gone    agent.service",
    ],
  ],
  [
    "a token",
    { 9: agent(narrow) },
    { 9: agent(narrow, token) },
    ["09:05:03 changed agent.service: open tokens: 1, before 0"],
  ],
  [
    "a lost capability",
    { 9: agent(narrow) },
    { 9: agent(narrow, { permitted: caps.PERFMON }) },
    ["09:05:03 changed agent.service: now warning [audit.nobody]"],
  ],
  [
    "a mount and a lost capability",
    { 9: agent(narrow, { ...token, mountinfo: "" }) },
    { 9: agent(narrow, { ...token, permitted: caps.PERFMON }) },
    [
      "09:05:03 changed agent.service: now warning [audit.idle]; no longer warning [audit.unmounted]",
    ],
  ],
])("prints of %s", (_, before, after, wanted) => {
  expect(lines(before, after)).toEqual(wanted);
});

test("a change as JSON has the whole delegation", () => {
  const audit = (fds: TreeProcess) => auditHost(readHost(hostTree({ 9: agent(narrow, fds) })));
  const [change] = changesBetween(audit({}), audit(token));
  if (change === undefined) throw new Error("no change");
  expect(changeJson(change)).toMatchObject({
    ...{ schema: "bpf-token/audit-change@1", change: "changed", tokens: 0, found: [], mended: [] },
    delegation: { who: "agent.service", delegates: { maps: ["array"] }, tokens: { open: 1 } },
  });
});

test("a fact that cannot be read is printed once, whatever its numbers are", () => {
  const unknown = (fact: string) => ({
    ...{ rows: [], processes: 9 },
    unknown: [{ fact, why: "run it as root" }],
  });
  const kinds = (...[before, after]: Parameters<typeof changesBetween>) =>
    changesBetween(before, after).map(changeJson);
  const first = unknown("1 of 9 processes, first 3");
  expect(kinds({ ...first, unknown: [] }, first)).toEqual([
    { schema: "bpf-token/audit-change@1", change: "unseen", unknown: first.unknown[0] },
  ]);
  expect(kinds(first, unknown("2 of 10 processes, first 4"))).toEqual([]);
  expect(kinds(first, unknown("mounts of process 4"))).toHaveLength(1);
  const [change] = changesBetween({ ...first, unknown: [] }, first);
  expect(change && changeLine(change, new Date(2026, 0, 1, 9, 5, 3), plain)).toBe(
    "09:05:03 unseen  1 of 9 processes, first 3 (run it as root)",
  );
});
