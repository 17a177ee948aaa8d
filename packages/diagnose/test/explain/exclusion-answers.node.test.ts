// SPDX-License-Identifier: MIT
// Which causes a report excludes, and how it weighs the others: reports that differ in one fact.
// `npx vitest run --project node FILE -u` writes the file; read its difference.
import { expect, test } from "vitest";
import { explainText, type Facts } from "../../src/index.ts";
import { bpffs, container, withCapabilities } from "../facts.ts";
import { grouped } from "../grouped.ts";
import { idsText } from "./answer-text.ts";

const eperm = "Operation not permitted";
const texts: readonly string[] = [
  ...[eperm, "No such file or directory", "Operation not supported", "Invalid argument"].map(
    (errno) => `BPF_TOKEN_CREATE: ${errno}`,
  ),
  `bpf(BPF_MAP_CREATE): ${eperm}`,
  `libbpf: map 'm': failed to create: ${eperm}`,
  `libbpf: prog 'p': BPF program load failed: ${eperm}`,
  `libbpf: prog 'p': failed to attach to cgroup: ${eperm}`,
  `bpftool prog list: can't get next program: ${eperm}`,
  `Error loading BTF: ${eperm}`,
  `attach XDP program on iface eth0: ${eperm}`,
  `mount: mounting bpf to /sys/fs/bpf: ${eperm}`,
  `mount -t bpf bpffs /sys/fs/bpf: ${eperm}`,
  `unshare: creating new namespace: ${eperm}`,
  `kprobe_events: ${eperm}`,
  `open perf event: ${eperm}`,
  "R1 pointer comparison prohibited",
  "0: (bf) r1 = r2\nR2 pointer comparison prohibited\nprocessed 1 insns",
  `processed 7 insns\nlibbpf: prog 'p': BPF program load failed: ${eperm}`,
  "failed to create map: MEMLOCK may be too low: operation not permitted",
  "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN",
  "libbpf: failed to find valid kernel BTF",
  "Lockdown: x: use of bpf to read kernel RAM is restricted; see man kernel_lockdown.7",
  "avc:  denied  { map_create } for  tclass=bpf permissive=0",
  "libbpf: Error in bpf_object__probe_loading(): Operation not permitted(1). Couldn't load trivial BPF program.",
  'fsconfig(3, FSCONFIG_SET_STRING, "delegate_cmds", "any", 0) = -1 EPERM (x)',
  'fsopen("bpf", 0) = -1 EPERM (x)',
  "security.syscalls.intercept.bpf: true\nbpf: Failed to load program: Operation not permitted",
];

const initial = { inode: 4026531837, initial: true };
const bits = (...names: readonly number[]): string =>
  names.reduce((all, bit) => all | (1n << BigInt(bit)), 0n).toString(16);
const mounts = (...all: readonly Partial<Facts["bpffs"][number]>[]): Partial<Facts> => ({
  bpffs: all.map((one) => ({ ...bpffs, ...one })),
});
const masks = (delegates: Readonly<Record<string, string>>): Partial<Facts> =>
  mounts({ delegates });
const unknownOwner = { path: "/x", device: "0:1", root: "/", delegates: bpffs.delegates };

const reports: Readonly<Record<string, Facts | undefined>> = {
  "no report": undefined,
  "a container": container(),
  "no filesystem": container({ bpffs: [] }),
  "two filesystems": container(mounts({}, { path: "/x" })),
  "one filesystem of the host": container(mounts({}, { path: "/x", onHost: true })),
  "only a filesystem of the host": container(mounts({ onHost: true })),
  "an owner that is not known": container({ bpffs: [unknownOwner] }),
  "one filesystem that delegates nothing": container(mounts({}, { path: "/x", delegates: {} })),
  "nothing delegated": container(masks({})),
  "any map": container(masks({ ...bpffs.delegates, delegate_maps: "any" })),
  "any map in one of two": container(mounts({ delegates: { delegate_maps: "any" } }, {})),
  "any command, program and attach type": container(
    masks({ delegate_cmds: "any", delegate_progs: "any", delegate_attachs: "any" }),
  ),
  "CAP_BPF alone": withCapabilities(bits(39)),
  "CAP_PERFMON alone": withCapabilities(bits(38)),
  "CAP_NET_ADMIN alone": withCapabilities(bits(12)),
  "CAP_SYS_ADMIN alone": withCapabilities(bits(21)),
  "no capability": withCapabilities("0"),
  ...Object.fromEntries(
    [[39], [38], [12], [21], [39, 12, 38], []].map((set) => [
      `capabilities ${set} on the host`,
      withCapabilities(bits(...set), { userns: initial }),
    ]),
  ),
  ...Object.fromEntries(
    ["none", "integrity", "confidentiality"].map((lockdown) => [
      `lockdown ${lockdown}`,
      container({ lockdown: lockdown as "none" }),
    ]),
  ),
  "a filter": container({ seccomp: 2 }),
  "a strict filter": container({ seccomp: 1 }),
  ...Object.fromEntries(
    ["selinux", "apparmor", "smack", "tomoyo", "bpf", "yama"].map((name) => [
      `the module ${name}`,
      container({ lsms: ["capability", name] }),
    ]),
  ),
  "a setting of 0": container({ unprivilegedBpfDisabled: 0 }),
  "a setting of 1": container({ unprivilegedBpfDisabled: 1 }),
  "a kernel with BTF": container({ btf: true }),
  "a kernel without BTF": container({ btf: false }),
  ...Object.fromEntries(
    ["4.19.0", "5.7.0", "5.8.0", "5.10.0", "5.11.0", "6.8.0", "6.9.0", "odd"].map((release) => [
      `Linux ${release}`,
      container({ release }),
    ]),
  ),
};

test.each(texts)("%s", async (text) => {
  const answers = Object.entries(reports).map(
    ([name, facts]) => [name, idsText(explainText(text, facts && { facts }))] as const,
  );
  const name = text.replaceAll(/\W+/g, "-").slice(0, 60);
  await expect(grouped(answers)).toMatchFileSnapshot(`./answers/excluded/${name}.txt`);
});

test.each([
  ["5.4", "explain.memlock"],
  ["5.11", "map.create.sysctl"],
  ["6.18", "map.create.sysctl"],
])("the option release counts before a report: %s", (release, id) => {
  const text = "failed to create map: MEMLOCK may be too low: operation not permitted";
  const facts = container({ release: "6.8.0", bpffs: [] });
  const ids = explainText(text, { release, facts }).candidates.map((one) => one.id);
  expect(ids).toContain(id);
  expect(ids.includes("explain.memlock")).toBe(release === "5.4");
});
