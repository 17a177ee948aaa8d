// SPDX-License-Identifier: MIT
// Situations in which there is a token, and the call is refused.
import { existsSync, readFileSync } from "node:fs";
import { any, BPF, commandOf, contained, NET_ADMIN, type Situation } from "./situation.ts";

const hash = "bpftool map create /sys/fs/bpf/m type hash key 4 value 4 entries 1 name m".split(" ");
const strace = ["strace", "-f", "-v", "-s", "65536"];
/** A policy for an XDP program that leaves the probes of loaders out. */
const tight = {
  ...{ delegate_cmds: "map_create:prog_load:btf_load", delegate_maps: "array" },
  ...{ delegate_progs: "xdp", delegate_attachs: "xdp" },
};
const bpftool = (folder: string, object: string): readonly string[] => [
  ...["bpftool", "prog", "load", `${folder}/${object}.bpf.o`, "/sys/fs/bpf/x"],
];
/** A map is pinned with a mode, and opened by another user. */
const pinned = (mode: string) => `
  mount -t bpf -o mode=755 bpf /sys/fs/bpf &&
  bpftool map create /sys/fs/bpf/m type array key 4 value 4 entries 1 name m &&
  chmod ${mode} /sys/fs/bpf/m &&
  exec setpriv --reuid 1000 --clear-groups --inh-caps=-all "$0" pinned /sys/fs/bpf/m`;

const [, cgroups = ""] = /^\S+ (\S+) cgroup2 /m.exec(mounts()) ?? [];
/** Runs the command with a cgroup of its own as last argument. */
const inCgroup = `
  at=$(mktemp -d "$1/bpf-token-situation.XXXXXX") || exit 1
  shift
  "$@" "$at"
  status=$?
  rmdir "$at"
  exit $status`;

/** The mounts of this process; none off Linux. */
function mounts(): string {
  return existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
}

export const use: readonly Situation[] = [
  {
    number: 23,
    what: "the loader passes no token",
    id: "map.create.sysctl",
    inLog: "explain.no_token",
    says: /the program creates no token: use a loader with token support/,
    by: "doctor",
    run: () => contained(any, ...hash),
    fixed: ({ program }) => contained(any, program, "hash"),
  },
  {
    number: 24,
    what: "CAP_BPF of a user namespace, without a token",
    id: "map.create.sysctl",
    says: /CAP_BPF/,
    by: "doctor",
    run: ({ program }) => ["unshare", "-Ur", program, "plain"],
    fixed: ({ program }) => contained(any, program, "hash"),
  },
  {
    number: 25,
    what: "the program drops CAP_BPF after it created the token",
    id: "map.create.sysctl",
    says: /raise CAP_BPF in the token's user namespace/,
    by: "doctor",
    run: ({ program }) => ({ caps: BPF, options: any, command: [program, "drop"] }),
    fixed: ({ program }) => ({ caps: BPF, options: any, command: [program, "array"] }),
  },
  {
    number: 26,
    what: "a tight policy, and libbpf's first probe",
    id: "token.dropped.prog",
    says: /delegate_progs=socket_filter:xdp/,
    by: "doctor",
    run: ({ loader, folder }) => contained(tight, loader, `${folder}/count.bpf.o`),
    fixed: "named",
  },
  {
    number: 27,
    what: "a tight policy, and a loader that loads with attach type 0",
    id: "token.dropped.attach",
    says: /delegate_attachs=cgroup_inet_ingress:xdp/,
    by: "doctor",
    run: ({ folder }) => contained(tight, ...bpftool(folder, "count")),
    fixed: "named",
  },
  {
    number: 28,
    what: "a tight policy, and an object with global variables",
    id: "token.dropped.prog",
    inLog: "explain.libbpf_probe",
    says: /delegate_progs=socket_filter:xdp:cgroup_sock/,
    by: "doctor",
    run: ({ folder }) => {
      const attachs = "xdp:cgroup_inet_sock_create";
      const options = { ...tight, delegate_maps: "any", delegate_progs: "xdp:cgroup_sock" };
      return contained({ ...options, delegate_attachs: attachs }, ...bpftool(folder, "traffic"));
    },
    fixed: "named",
  },
  {
    number: 29,
    what: "refused feature probes look like missing features",
    id: "map.create.sysctl",
    inLog: "explain.no_token",
    says: /the call gives no token/,
    by: "doctor",
    run: () => contained(any, "bpftool", "feature", "probe", "kernel"),
    fixed: () => ["bpftool", "feature", "probe", "kernel"],
  },
  {
    number: 30,
    what: "a kprobe policy without attach types",
    id: "token.dropped.attach",
    says: /delegate_attachs=cgroup_inet_ingress:xdp/,
    by: "doctor",
    run: ({ program }) => contained({ ...any, delegate_attachs: "xdp" }, program, "kprobe"),
    fixed: "named",
  },
  {
    number: 31,
    what: "BTF is opened by its id",
    id: "token.dropped.cmd",
    inLog: "btf.fd_by_id.capable",
    says: /delegate_cmds=map_create:btf_get_fd_by_id/,
    by: "doctor",
    run: ({ program }) => contained({ delegate_cmds: "map_create" }, program, "btf"),
    fixed: "named",
  },
  {
    number: 32,
    what: "a loader looks through the BTF of modules",
    id: "bpf.admin",
    says: /a token does not change that/,
    by: "doctor",
    run: () => contained(any, "bpftool", "btf", "list"),
    fixed: () => ["bpftool", "btf", "list"],
  },
  {
    number: 33,
    what: "programs are listed in a container",
    id: "bpf.admin",
    says: /a token does not change that/,
    by: "doctor",
    run: () => contained(any, "bpftool", "prog", "show"),
    fixed: () => ["bpftool", "prog", "show"],
  },
  {
    number: 34,
    what: "perf_event_open() has no token",
    id: "explain.perf_event",
    says: /CAP_PERFMON on the host/,
    by: "explain",
    run: ({ program }) => ({
      ...{ caps: 0n, options: any },
      command: [...strace, program, "event"],
    }),
    fixed: ({ program }) => [program, "event"],
  },
  {
    number: 35,
    what: "the verifier asks for CAP_PERFMON",
    id: "trace.verifier",
    inLog: "verify.leak",
    says: /CAP_PERFMON in its user namespace/,
    by: "doctor",
    run: ({ loader, folder }) => ({
      ...{ caps: BPF | NET_ADMIN, options: any },
      command: [loader, `${folder}/perfmon.bpf.o`],
    }),
    fixed: "named",
  },
  {
    number: 36,
    what: "PROG_ATTACH of a cgroup_skb program without CAP_NET_ADMIN",
    id: "attach.prog.capable",
    says: /raise CAP_NET_ADMIN/,
    by: "doctor",
    run: ({ program }) => ({
      ...{ caps: BPF | NET_ADMIN, options: any },
      command: [program, "attach", "/"],
    }),
    fixed: ({ program }) => [
      ...["sh", "-c", inCgroup, "sh", cgroups],
      ...commandOf({
        ...{ caps: BPF | NET_ADMIN, options: any },
        command: [program, "attach-capable"],
      }),
    ],
    unless: () => (cgroups === "" ? "cgroup v2 is not mounted" : undefined),
  },
  {
    number: 37,
    what: "another user opens a pin of root",
    id: "trace.pin_mode",
    inLog: "explain.pin_mode",
    says: /chown, or chmod/,
    by: "doctor",
    run: ({ program }) => ["unshare", "-m", "sh", "-c", pinned("600"), program],
    fixed: ({ program }) => ["unshare", "-m", "sh", "-c", pinned("666"), program],
  },
];
