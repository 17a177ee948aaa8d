// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { readHost } from "@bpf-token/diagnose/node";
import { describe, expect, test } from "vitest";
import { auditHost } from "../../src/audit/index.ts";
import { auditSarif, jsonOf } from "../../src/cli/commands/audit/formats.ts";
import { textLines } from "../../src/cli/commands/audit/text.ts";
import { Output } from "../../src/cli/output.ts";
import { plain } from "../../src/text/paint.ts";
import { bpffs, caps, hostTree, type TreeProcess, tokenInfo } from "./host-tree.ts";

const id = "a".repeat(64);
const names = {
  "var/lib/containers/storage/overlay-containers/containers.json": JSON.stringify([
    { id, names: ["web"] },
  ]),
};
const programs =
  "delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=socket_filter,delegate_attachs=cgroup_inet_ingress";
const maps = "delegate_cmds=map_create,delegate_maps=array";

/** A process in a container of its own. */
const one = (options: string, more: TreeProcess = {}): TreeProcess => ({
  ...{ userns: 77, mnt: 78, net: 79, permitted: caps.BPF, mountinfo: bpffs(67, "0:40", options) },
  cgroup: "0::/system.slice/agent.service\n",
  ...more,
});

type Processes = Readonly<Record<string, TreeProcess>>;

const auditOf = (processes: Processes, files: Readonly<Record<string, string>> = {}) =>
  auditHost(readHost(hostTree(processes, files)));

/** The findings, without notes: id, severity. */
const found = (processes: Processes, files = {}): readonly string[] =>
  auditOf(processes, files).rows.flatMap(({ findings }) =>
    findings.filter(({ severity }) => severity !== "note").map((f) => `${f.severity} ${f.id}`),
  );

const page = readFileSync(new URL("../../../../docs/audit.md", import.meta.url), "utf8");

test("the page shows what the command prints, and has a section for each finding", () => {
  const audit = auditOf(
    {
      9: one(programs, {
        cgroup: `0::/machine.slice/libpod-${id}.scope\n`,
        permitted: caps.BPF | caps.PERFMON,
        fds: { 4: tokenInfo(67, 900, ["0x21", "0x4", "0x2", "0x1"]) },
      }),
      10: one(maps, { userns: 78, mnt: 80, mountinfo: bpffs(69, "0:41", maps) }),
    },
    names,
  );
  const text = textLines(audit, plain, 80).join("\n");
  expect(page).toContain(`\`\`\`text\n${text}\n\`\`\``);
  const folder = new URL("../../src/audit/", import.meta.url);
  const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  const used = new Set(sources.flatMap((source) => source.match(/(?<=")audit\.\w+(?=")/g) ?? []));
  expect(page.match(/(?<=^### )audit\.\w+$/gm)?.sort()).toEqual([...used].sort());
});

describe("judges a delegation", () => {
  const both = caps.BPF | caps.PERFMON;
  const net = "delegate_cmds=prog_load,delegate_progs=xdp,delegate_attachs=xdp";
  const token = { 4: tokenInfo(99, 900, ["0x1", "0x4", "0x0", "0x0"]) };

  test.each<[string, TreeProcess, readonly string[]]>([
    ["for maps alone", one(maps), []],
    ["with programs, without CAP_PERFMON", one(programs), []],
    [
      "with programs and CAP_PERFMON",
      one(programs, { permitted: both }),
      ["error audit.kernel_memory"],
    ],
    [
      "with CAP_BPF and CAP_SYS_ADMIN",
      one(programs, { permitted: caps.BPF | caps.SYS_ADMIN }),
      ["error audit.kernel_memory"],
    ],
    [
      "with CAP_SYS_ADMIN, which creates no token",
      one(programs, { permitted: caps.SYS_ADMIN }),
      ["warning audit.nobody"],
    ],
    [
      "with CAP_SYS_ADMIN and a token",
      one(programs, {
        permitted: caps.SYS_ADMIN,
        fds: { 4: tokenInfo(67, 900, ["0x21", "0x4", "0x2", "0x1"]) },
      }),
      ["error audit.kernel_memory"],
    ],
    [
      "with CAP_PERFMON for a set-user-ID program",
      one(programs, { bounding: both }),
      ["warning audit.kernel_memory"],
    ],
    ["with CAP_PERFMON, for maps alone", one(maps, { permitted: both }), []],
    [
      "for XDP in the host's network namespace",
      one(net, { net: 2, permitted: caps.BPF | caps.NET_ADMIN }),
      ["error audit.host_network"],
    ],
    ["for XDP in its own", one(net, { permitted: caps.BPF | caps.NET_ADMIN }), []],
    ["of any map type", one("delegate_cmds=map_create,delegate_maps=any"), ["warning audit.any"]],
    [
      "with a command that no check reads",
      one("delegate_cmds=map_create:obj_get,delegate_maps=array"),
      ["warning audit.idle"],
    ],
    ["of XDP without CAP_NET_ADMIN", one(net), ["warning audit.idle"]],
    ["without CAP_BPF", one(maps, { permitted: caps.PERFMON }), ["warning audit.nobody"]],
    ["that only the host sees", one(maps, { userns: 4026531837 }), ["warning audit.nobody"]],
    ["that is unmounted", one("", { fds: token }), ["warning audit.unmounted"]],
  ])("%s", (_, process, ids) => expect(found({ 9: process })).toEqual(ids));

  test("not as kernel memory with lockdown", () => {
    const lockdown = "none integrity [confidentiality]\n";
    const files = { "sys/kernel/security/lockdown": lockdown };
    expect(found({ 9: one(programs, { permitted: both }) }, files)).toEqual([]);
  });

  test("which capabilities two processes have only together, not as one", () => {
    const processes = { 9: one(programs), 10: one(programs, { permitted: caps.PERFMON }) };
    expect(found(processes)).toEqual([]);
  });

  test("which CAP_SYS_ADMIN uses with a token of another process", () => {
    const processes = { 9: one(programs), 10: one(programs, { permitted: caps.SYS_ADMIN }) };
    expect(found(processes)).toEqual(["error audit.kernel_memory"]);
  });

  test("which another process of the user namespace can use, that does not see it", () => {
    const blind = { mnt: 90, mountinfo: "", permitted: both };
    const processes = { 9: one(programs, { permitted: 0n }), 10: one("", blind) };
    expect(found(processes)).toEqual(["warning audit.kernel_memory"]);
    const elsewhere = {
      9: one(programs, { permitted: 0n }),
      10: one("", { ...blind, userns: 80 }),
    };
    expect(found(elsewhere)).toEqual(["warning audit.nobody"]);
  });

  test("of the host that a container sees, as a warning", () => {
    const host = bpffs(30, "0:39", programs);
    const processes = { 1: { mountinfo: host }, 9: one("", { mountinfo: host, permitted: both }) };
    expect(found(processes)).toEqual(["warning audit.kernel_memory"]);
  });

  test("the smaller mask is the fix", () => {
    const process = one("delegate_cmds=map_create:obj_get,delegate_maps=array");
    const [row] = auditOf({ 9: process }).rows;
    expect(row?.findings[0]?.fix).toEqual(["BPFDelegateCommands=BPFMapCreate"]);
  });

  test("the holder of an unmounted token, whose process is named", () => {
    const [row] = auditOf({ 9: one(maps), 10: one(maps, { name: "keeps", fds: token }) }).rows;
    expect(row?.findings[0]?.fix).toEqual(["end the processes that have it: first 10 (keeps)"]);
    expect([row?.access.tokens, row?.access.unmounted]).toEqual([1, 1]);
  });

  test("a token that came from another container", () => {
    const passed = { 4: tokenInfo(67, 900, ["0x1", "any", "0x0", "0x0"]) };
    const other = one("", {
      userns: 80,
      mnt: 81,
      cgroup: "0::/a/b.service\n",
      fds: passed,
      mountinfo: "",
    });
    const { rows } = auditOf({ 9: one(maps), 10: other });
    expect(rows.map(({ access }) => [access.who, access.tokens, access.passed])).toEqual([
      ["b.service", 1, 1],
      ["agent.service", 0, 0],
    ]);
    const text = "open tokens: 1, 1 of a BPF filesystem that only others see";
    expect(rows[0]?.findings[0]?.evidence).toContain(text);
  });
});

describe("many and hostile containers", () => {
  /** What a terminal gets. */
  const printed = (processes: Processes, files = {}): readonly string[] => {
    let text = "";
    const out = new Output({ write: (more: string) => (text += more) });
    const audit = auditOf(processes, files);
    for (const line of textLines(audit, plain, 80)) out.line(line);
    JSON.stringify([jsonOf(audit), auditSarif(audit)]);
    return text.trimEnd().split("\n");
  };

  test("alike ones are one finding, and lines have at most 80 columns", () => {
    const processes = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        String(100 + i),
        one("delegate_cmds=map_create,delegate_maps=any", {
          ...{ userns: 1000 + i, mnt: 2000 + i, cgroup: `0::/system.slice/web-${i}.service\n` },
        }),
      ]),
    );
    const lines = printed(processes);
    expect(lines[0]).toMatch(
      /^60 of 60 delegations need a change\. First, web-0\.service and 59 more:/,
    );
    expect(lines.filter((line) => line.includes("[audit.any]"))).toHaveLength(1);
    expect(lines).toContain("10 more delegations: --json prints all");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("names print no control characters, and no sentences of their own", () => {
    const evil = "\u001b[31m\u202e ok. Fix: x";
    const process = one(programs, {
      ...{ name: evil, cgroup: `0::/lxc.payload.${evil}${"y".repeat(300)}\n` },
      mountinfo: bpffs(
        67,
        "0:40",
        `${programs},delegate_x=\u001b[2J`,
        `/\\033[31m\\040${"z".repeat(5000)}`,
      ),
      permitted: caps.BPF | caps.PERFMON,
    });
    const lines = printed({ 9: process, 10: { ...process, cgroup: "0::/\n" } });
    const text = lines.join("\n");
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(text).not.toContain(" ok. Fix: x");
    expect(text.length).toBeLessThan(10_000);
  });

  test("thousands of different delegations are judged up to a limit, which is named", () => {
    const mountinfo = Array.from({ length: 3000 }, (_, i) =>
      bpffs(100 + i, `0:${100 + i}`, `delegate_cmds=0x${(i + 1).toString(16)}`, `/mnt/${i}`),
    ).join("");
    const { rows, unknown } = auditOf({ 9: one("", { mountinfo }) });
    expect(rows.length).toBe(64);
    expect(unknown).toEqual([
      {
        fact: "delegations of agent.service",
        why: "it has more than 64 different ones, and audit judges the first",
      },
    ]);
  });
});

test("a row with any number of mount namespaces names a limited number of processes", () => {
  const own = (i: number): TreeProcess => one(maps, { mnt: 1000 + i });
  const [row] = auditOf(
    Object.fromEntries(Array.from({ length: 200 }, (_, i) => [i + 10, own(i)])),
  ).rows;
  expect([row?.access.processes, row?.access.pids]).toEqual([
    200,
    Array.from({ length: 64 }, (_, i) => i + 10),
  ]);
});

test("nothing is delegated", () => {
  const audit = auditOf({ 9: {} });
  expect(textLines(audit, plain, 80)).toEqual([
    "no BPF filesystem delegates anything, and no token is open",
  ]);
});

test("JSON and SARIF have the rows and findings", () => {
  const audit = auditOf({ 9: one(programs, { permitted: caps.BPF | caps.PERFMON }) });
  expect(jsonOf(audit)).toMatchObject({
    processes: 2,
    delegations: [
      {
        who: "agent.service",
        capabilities: { held: ["CAP_PERFMON", "CAP_BPF"] },
        delegates: { cmds: ["map_create", "prog_load"], progs: ["socket_filter"] },
        tokens: { open: 0, unmounted: 0, passed: 0 },
        findings: [{ id: "audit.kernel_memory", page: "docs/audit.html#auditkernel_memory" }],
      },
    ],
    unknown: [],
  });
  expect(auditSarif(audit)).toMatchObject({
    runs: [
      {
        tool: { driver: { name: "bpf-token audit" } },
        results: [{ ruleId: "audit.kernel_memory", level: "error" }],
      },
    ],
  });
});
