// SPDX-License-Identifier: MIT
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dialects, parseDelegation, sameDelegation } from "@bpf-token/delegation";
import { parseObject } from "@bpf-token/object";
import { expect, type TestContext, test } from "vitest";
import {
  type Policy,
  policyBadge,
  policyLoaders,
  policyOf,
  reachOf,
} from "../../src/policy/index.ts";
import { compiled } from "./compiled.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

const read = (context: TestContext, name: string) => {
  const file = compiled(context, name);
  return { file: name, object: parseObject(readFileSync(file)) };
};
const row = ({ reasons }: Policy, axis: string, name: string) =>
  reasons.find((reason) => reason.axis === axis && reason.name === name);

test("each bit has a reason and a consequence", (context) => {
  const policy = policyOf([read(context, "traffic")]);
  expect(policy.delegation).toEqual({
    cmds: ["map_create", "prog_load", "btf_load"],
    maps: ["hash", "array", "percpu_array", "ringbuf"],
    progs: ["socket_filter", "xdp", "cgroup_sock"],
    attachs: ["cgroup_inet_ingress", "cgroup_inet_sock_create", "xdp"],
  });
  expect(policy.capabilities).toEqual(["bpf", "net_admin"]);
  for (const { because, without } of policy.reasons) {
    expect(because.length).toBeGreaterThan(0);
    expect(without).not.toBe("");
  }
  expect(row(policy, "maps", "hash")).toEqual({
    ...{ axis: "maps", name: "hash", because: ["map flows"], required: true },
    without: "the load fails with EPERM",
  });
  expect(row(policy, "cmds", "btf_load")?.required).toBe(false);
  expect(row(policy, "progs", "socket_filter")?.without).toContain("libbpf stops");
  expect(row(policy, "progs", "cgroup_sock")?.without).toContain("with attach type 0");
});

test("maps of variables that no program uses, and an object without programs", (context) => {
  const { object } = read(context, "traffic");
  const alone = policyOf([{ file: "x", object: { ...object, programs: [] } }]);
  expect(row(alone, "maps", "array")).toMatchObject({
    without: "libbpf creates no maps for global variables, which no program uses",
    required: false,
  });
  expect(row(alone, "maps", "hash")?.required).toBe(true);
  expect(row(alone, "cmds", "prog_load")?.without).toContain("libbpf stops");
  const used = policyOf([read(context, "traffic")]);
  expect(row(used, "maps", "array")).toMatchObject({
    without: "libbpf creates no maps for global variables: EINVAL",
    required: true,
  });
  expect(used.proof.join()).toContain("CAP_PERFMON: not required by the instructions, not proven");
  expect([alone.open, alone.proof]).toEqual([[], []]);
});

test("a loader that does not probe needs only what the object needs", (context) => {
  const objects = [read(context, "traffic")];
  const { delegation } = policyOf(objects, { loader: "bpf-token" });
  expect(delegation).toMatchObject({ progs: ["xdp"], attachs: ["xdp"] });
  expect(policyOf(objects, { loader: "cilium" }).versions.join()).toContain("since 0.22");
});

test("libbpf after 1.7 needs no test program, except for global variables", (context) => {
  const head = { loader: "libbpf@head" } as const;
  const count = policyOf([read(context, "count")], head);
  expect(count.delegation).toMatchObject({
    progs: ["xdp", "cgroup_sock"],
    attachs: ["cgroup_inet_sock_create", "xdp"],
  });
  expect(row(count, "progs", "cgroup_sock")).toMatchObject({ required: true });
  const traffic = policyOf([read(context, "traffic")], head);
  expect(row(traffic, "progs", "socket_filter")?.without).toContain("global variables: EINVAL");
});

test("libxdp loads extensions of its dispatcher, which needs more than the XDP program", (context) => {
  const policy = policyOf([read(context, "count")], { loader: "libxdp" });
  expect(policy.delegation.cmds).toContain("btf_get_fd_by_id");
  expect(policy.delegation.progs).toEqual(["socket_filter", "xdp", "cgroup_sock", "ext"]);
  expect(policy.delegation.attachs).toContain("xdp");
  expect(policy.capabilities).toEqual(["bpf", "net_admin", "perfmon", "sys_admin"]);
  expect(row(policy, "progs", "xdp")?.because).toEqual(["program xdp_dispatcher"]);
  expect(row(policy, "progs", "ext")?.because).toEqual(["program count"]);
  const versions = policy.versions.join();
  expect(versions).toContain("LIBXDP_SKIP_DISPATCHER=1");
  expect(versions).toContain("Before 1.6, libbpf passes no token to BPF_BTF_GET_FD_BY_ID");
  const { object } = read(context, "count");
  const maps = policyOf([{ file: "x", object: { ...object, programs: [] } }], { loader: "libxdp" });
  expect(maps.delegation.progs).toEqual(["socket_filter"]);
});

test("an extension names the function that it replaces", (context) => {
  const { object } = read(context, "count");
  const programs = object.programs.map((one) => ({ ...one, type: 28, target: "prog0" }));
  const { open } = policyOf([{ file: "x", object: { ...object, programs } }]);
  expect(open.join()).toContain(
    "program count is an extension (freplace): it replaces the function prog0",
  );
});

test.each(["bpftool", "tc", "libxdp"] as const)("%s attaches by netlink", (loader) => {
  const { title, notes } = policyLoaders[loader];
  expect([title, notes.join()]).toEqual([
    expect.stringContaining(loader),
    expect.stringContaining("attaches by netlink, for which no token helps"),
  ]);
});

test("--all adds programs that are loaded on request, with their reach", (context) => {
  const objects = [read(context, "traffic")];
  expect(policyOf(objects).reach.join()).not.toContain("raw_tracepoint");
  const all = policyOf(objects, { all: true });
  expect(all.capabilities).toContain("perfmon");
  expect(all.reach.join()).toContain("raw_tracepoint: sees, or changes, the kernel of the whole");
});

test("several objects are joined, and reasons name the object", (context) => {
  const policy = policyOf([read(context, "traffic"), read(context, "count")]);
  expect(row(policy, "progs", "xdp")?.because).toEqual([
    "traffic: program count",
    "count: program count",
  ]);
});

test("an object that needs its types fails without btf_load", (context) => {
  const { object } = read(context, "count");
  const maps = object.maps.map((map) => ({ ...map, type: 24 }));
  const policy = policyOf([{ file: "x", object: { ...object, maps } }]);
  expect(row(policy, "cmds", "btf_load")).toMatchObject({
    without: "map packets needs its types: EINVAL",
    required: true,
  });
});

test("a release that lacks a name is reported", (context) => {
  const { object } = read(context, "count");
  const programs = object.programs.map((one) => ({ ...one, type: 2, attach: 57 }));
  const changed = [{ file: "x", object: { ...object, programs } }];
  const old = policyOf(changed, { release: "6.12" });
  expect(old.unknown).toEqual(["attach type trace_uprobe_session"]);
  expect(old.delegation.attachs).toContain(57);
  expect(old.versions).toContain("The attach type trace_uprobe_session needs Linux 6.13 or newer.");
  expect(old.open.join()).toContain("kprobe: loading is covered, attaching is not.");
  expect(policyOf(changed, { release: "6.18" }).unknown).toEqual([]);
});

test("struct_ops needs every attach type, and programs of type ext the BTF of the target", (context) => {
  const { object } = read(context, "count");
  const withType = (type: number) => {
    const programs = object.programs.map((one) => ({ ...one, type }));
    const structOps = type === 27 ? [{ name: "ops" } as (typeof object.structOps)[number]] : [];
    const changed = { ...object, programs, structOps };
    return policyOf([{ file: "x", object: changed }], { loader: "bpf-token" });
  };
  const table = withType(27);
  expect(table.delegation.attachs).toBe("any");
  expect(table.reach[0]).toContain("attachs=any");
  expect(row(table, "cmds", "btf_load")?.required).toBe(true);
  const ext = withType(28);
  expect(ext.delegation.cmds).toContain("btf_get_fd_by_id");
  expect(ext.versions).toContain("BPF_BTF_GET_FD_BY_ID uses a token since Linux 6.15.");
});

test("reach: any, network interfaces, cgroups; a map alone reaches nothing", () => {
  const none = { cmds: 0n, maps: 2n, progs: 0n, attachs: 0n };
  expect(reachOf(none)).toEqual([]);
  const all = (1n << 64n) - 1n;
  expect(reachOf({ ...none, progs: all })).toEqual([expect.stringContaining("progs=any: every")]);
  const some = reachOf({ ...none, progs: (1n << 6n) | (1n << 15n) });
  expect(some.map((text) => text.split(":")[0])).toEqual(["xdp", "cgroup_device"]);
});

test("every dialect prints the same policy", async (context) => {
  const file = compiled(context, "traffic");
  const { delegation } = policyOf([{ file, object: parseObject(readFileSync(file)) }]);
  for (const dialect of dialects) {
    const { code, out, err } = await cli(["policy", file, "--for", dialect, "--no-prove"]);
    expect(code).toBe(0);
    expect(sameDelegation(parseDelegation(out).delegation, delegation), dialect).toBe(true);
    expect(err).toContain("bpf-token: Tokens need Linux 6.9 or newer.");
  }
  const { out } = await cli(["policy", file, "--for", "all"]);
  expect(out.match(/^# \w+$/gm)).toHaveLength(dialects.length);
});

test("text and notes fit in 80 columns, except for the command", async (context) => {
  const file = "traffic.bpf.o";
  const { out } = await cli(["policy", compiled(context, "traffic")]);
  const text = out.replaceAll(/\S*traffic\.bpf\.o/g, file);
  const lines = text.split("\n").filter((line) => !line.includes("bpf-token exec --caps"));
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(text).toContain("What it permits on the host:");
  const notes = (await cli(["policy", compiled(context, "traffic"), "--for", "oci"])).err;
  for (const line of notes.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(notes.replaceAll(/\s+/g, " ")).toContain("No OCI runtime reads these annotations");
});

test("a malformed object is a finding, a missing one a usage error", async (context) => {
  const file = compiled(context, "count");
  writeFileSync(file, "no object");
  expect(await cli(["policy", file])).toMatchObject({ code: 1, out: "" });
  expect(await cli(["policy", "/nowhere/x.o"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("the file does not exist"),
  });
  expect((await cli(["policy"])).err).toContain("policy: needs at least one OBJECT");
});

test.each([
  ["--for", "systemdd", "did you mean 'systemd'?"],
  ["--loader", "libbpf@1.3", "unknown loader 'libbpf@1.3'"],
  ["--loader", "aya", "aya uses no tokens"],
  ["--release", "6.8", "Linux 6.8 has no BPF tokens; they exist since Linux 6.9"],
])("%s %s: %s", async (option, word, message) => {
  const { code, err } = await cli(["policy", "x.o", option, word]);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("the help names every loader", async () => {
  const { out } = await cli(["policy", "--help"]);
  for (const loader of Object.keys(policyLoaders)) expect(out).toContain(loader);
});

test("--check reports what is missing and what is superfluous", async (context) => {
  const object = compiled(context, "count");
  const file = `${object}.txt`;
  const check = async (text: string) => {
    writeFileSync(file, text);
    return await cli(["policy", object, "--no-prove", "--check", file]);
  };
  const { out: unit } = await cli(["policy", object, "--for", "systemd"]);
  expect(await check(unit)).toMatchObject({ code: 0, err: "" });
  const less = await check(unit.replace("BPFMapTypeArray", "BPFMapTypeHash"));
  expect(less.code).toBe(1);
  expect(less.out).toContain("  - map array: without it, the load fails with EPERM");
  expect(less.out).toContain("Superfluous:\n  - maps hash");
  const asRoot = await check(unit.replace(" CAP_NET_ADMIN", ""));
  expect([asRoot.code, asRoot.out]).toEqual([0, expect.stringContaining("exactly the policy")]);
  const caps = await check(unit.replace(" CAP_NET_ADMIN", "\nUser=agent"));
  expect(caps.out).toContain("  - cap net_admin: without it");
  const noToken = await check(unit.replace(/^DelegateNamespaces=.*\n/m, ""));
  expect(noToken).toMatchObject({
    code: 1,
    out: expect.stringMatching(/has exactly the masks[\s\S]*no token \(EPERM\)/),
  });
  const any = await check(
    "delegate_cmds=any,delegate_maps=any,delegate_progs=any,delegate_attachs=any",
  );
  expect(any).toMatchObject({
    code: 1,
    out: expect.stringContaining("Superfluous:\n  - cmds any"),
  });
  expect(any.out).not.toContain("Missing:");
  const broken = await check("hello");
  expect([broken.code, broken.out]).toEqual([1, ""]);
  expect(broken.err).toContain("the text is no delegation");
});

test.for<[string, string, string, string]>([
  ["PrivateBPF=yes", "#PrivateBPF=yes", "Notes", "without PrivateBPF=yes"],
  ["DelegateNamespaces=mnt", "", "Notes", "write DelegateNamespaces=mnt"],
  [
    "PrivateUsers=yes\nPrivateMounts=yes\nDelegateNamespaces=mnt",
    "",
    "Notes",
    "write PrivateUsers=yes",
  ],
  ["[Service]", "[Service]\nSystemCallFilter=@system-service", "Notes", "refuses bpf()"],
  ["AmbientCapabilities=CAP_BPF CAP_NET_ADMIN", "User=app", "Missing", "cap bpf: without it"],
  ["CAP_BPF", "CAP_BPF CAP_SYS_ADMIN", "Superfluous", "  - caps sys_admin"],
])("--check finds '%s' replaced by '%s'", async ([line, other, section, text], context) => {
  const object = compiled(context, "count");
  const file = `${object}.unit`;
  const { out: unit } = await cli(["policy", object, "--no-prove", "--for", "systemd"]);
  expect(unit).toContain(line);
  writeFileSync(file, unit.replace(line, other));
  const { code, out } = await cli(["policy", object, "--no-prove", "--check", file]);
  expect(code).toBe(1);
  expect(out.slice(out.indexOf(section)).replaceAll(/\n {4}/g, " ")).toContain(text);
});

test("--check with --for, or without a file, is a usage error", async (context) => {
  const object = compiled(context, "count");
  const both = await cli(["policy", object, "--check", object, "--for", "lxd"]);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining("--for or --check")]);
  expect((await cli(["policy", object, "--check", "/nowhere/x"])).code).toBe(2);
});

test("CAP_PERFMON is computed from the instructions, with the source line", (context) => {
  const policy = policyOf([read(context, "perfmon")]);
  expect(policy.capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
  expect(row(policy, "caps", "perfmon")).toEqual({
    ...{ axis: "caps", name: "perfmon", basis: "computed", required: true },
    because: [
      expect.stringMatching(
        /^program compare, instruction 0 \(.*perfmon\.bpf\.c:\d+\): r10, a pointer to the stack, is compared with r1$/,
      ),
    ],
    without: "the verifier refuses the program with EACCES",
  });
  expect(policy.proof.join()).toContain("required by the instructions, not proven on a kernel");
});

describeNative("policy --try asks the running kernel", [], () => {
  test("the verifier requires CAP_PERFMON for a comparison of pointers", async (context) => {
    const file = compiled(context, "perfmon");
    const { code, out } = await cli(["policy", file, "--try", "--json"]);
    expect(code).toBe(0);
    const policy = JSON.parse(out) as Policy;
    expect(policy.capabilities).toEqual(["bpf", "net_admin", "perfmon"]);
    const [because = ""] = row(policy, "caps", "perfmon")?.because ?? [];
    expect(row(policy, "caps", "perfmon")?.basis).toBe("proven");
    expect(because).toMatch(
      /^program compare, instruction 0, if r1 > r10 goto pc\+0 .*: R10? pointer comparison prohibited$/,
    );
    expect(policy.open.join()).not.toContain("CAP_PERFMON");
  });

  test("an object without such a need keeps its capabilities", async (context) => {
    const { code, out, err } = await cli(["policy", compiled(context, "count"), "--try", "--json"]);
    expect([code, err]).toEqual([0, ""]);
    expect((JSON.parse(out) as Policy).capabilities).toEqual(["bpf", "net_admin"]);
  });

  test("a map too large for a trial does not keep the policy back", async (context) => {
    const file = compiled(context, "large");
    for (const words of [["policy"], ["inspect"], ["policy", "--try"]]) {
      const { out, err } = await cli([...words, file]);
      expect(out + err).not.toContain("    at ");
      expect(out).toContain("map_create");
    }
  });
});

test("--badge writes an SVG, with the newest name that the object needs", async (context) => {
  const file = compiled(context, "traffic");
  const badge = `${file}.svg`;
  const { code } = await cli(["policy", file, "--no-prove", "--badge", badge]);
  expect(code).toBe(0);
  const svg = readFileSync(badge, "utf8");
  rmSync(badge);
  expect(svg).toContain("loads with a delegation of 13 bits since Linux 6.9</text>");
  expect(svg).toMatch(/^<svg xmlns="[^"]+" width="\d+" height="20"/);
  expect(svg).not.toMatch(/<script|href|@import|url\(/);
  // Each text has six pixels on both sides, in its own half.
  const numbers = (pattern: RegExp): number[] => (pattern.exec(svg) ?? []).slice(1).map(Number);
  const [width = 0, first = 0] = [...numbers(/width="(\d+)"/), ...numbers(/<path d="M(\d+) /)];
  const [, ...texts] = svg
    .split("<text ")
    .map((text) => /x="(\d+)".* textLength="(\d+)"/.exec(text));
  expect(
    texts.map((found) => [Number(found?.[1]), Number(found?.[1]) + Number(found?.[2])]),
  ).toEqual([
    [6, first - 6],
    [first + 6, width - 6],
  ]);
  const policy = policyOf([read(context, "traffic")]);
  const one = (delegation: Policy["delegation"]): string => policyBadge({ ...policy, delegation });
  expect(one({ maps: ["rhash"], attachs: "any" })).toContain(
    "1 bit and any attach type since Linux 7.2",
  );
  expect(one({ cmds: ["btf_get_fd_by_id", "prog_load"] })).toContain("of 2 bits since Linux 6.15");
  const lost = await cli(["policy", file, "--no-prove", "--badge", join(badge, "no", "x.svg")]);
  expect([lost.code, lost.err]).toEqual([3, expect.stringContaining("cannot write")]);
});
