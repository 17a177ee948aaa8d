// SPDX-License-Identifier: MIT
// Situations in which the BPF filesystem or its options are wrong.
import { release } from "node:os";
import { ALL, any, commandOf, contained, onHost, type Situation } from "./situation.ts";

const everything = (command: readonly string[]) => contained(any, ...command);
const insideAContainer = ["-Urm", "mount", "-t", "bpf", "bpf", "/sys/fs/bpf"];

/** The host remounts the BPF filesystem of a running container. */
const remount = `
  mkfifo "$1.pid" "$1.go"
  name=$1; program=$2; shift 2
  "$@" sh -c 'echo $$ >"$0.pid"; read _ <"$0.go"; exec "$1" hash' "$name" "$program" &
  read pid <"$name.pid"
  nsenter -t "$pid" -m mount -o remount,delegate_maps=any /sys/fs/bpf
  echo >"$name.go"
  wait $!`;

export const mount: readonly Situation[] = [
  {
    number: 1,
    what: "a BPF filesystem is mounted inside a container",
    id: "bpffs.fill.capable",
    says: /let a process with CAP_SYS_ADMIN in the initial user namespace/,
    by: "doctor",
    run: () => ["unshare", ...insideAContainer],
    fixed: ({ program }) => everything([program, "array"]),
  },
  {
    number: 2,
    what: "the container has the BPF filesystem of the host",
    id: "token.create.userns",
    says: /user namespace/,
    by: "doctor",
    run: ({ program }) => onHost("unshare", "-Urm", program, "array"),
    fixed: ({ program }) => everything([program, "array"]),
  },
  {
    number: 4,
    what: "btf_load is not delegated",
    id: "token.dropped.cmd",
    inLog: "explain.btf_upload",
    says: /delegate_cmds=map_create:prog_load:btf_load/,
    by: "doctor",
    run: ({ loader, folder }) =>
      contained({ ...any, delegate_cmds: "map_create:prog_load" }, loader, `${folder}/count.bpf.o`),
    fixed: "named",
  },
  {
    number: 5,
    what: "the option is misspelled, so no attach type is delegated",
    id: "token.dropped.attach",
    says: /delegate_attachs=cgroup_inet_ingress/,
    by: "doctor",
    run: ({ loader, folder }) => {
      const { delegate_attachs, ...rest } = any;
      const options = { ...rest, delegate_attaches: delegate_attachs ?? "" };
      return contained(options, loader, `${folder}/count.bpf.o`);
    },
    fixed: "named",
  },
  {
    number: 6,
    what: "fsopen() in a new user namespace, but the old mount namespace",
    id: "fsopen.may_mount",
    says: /unshare the mount namespace together with the user namespace/,
    by: "doctor",
    run: () => ["unshare", "-Ur", "mount", "-t", "bpf", "bpf", "/sys/fs/bpf"],
    fixed: { next: "bpffs.fill.capable", run: () => ["unshare", ...insideAContainer] },
  },
  {
    number: 9,
    what: "a map type in an option is misspelled",
    id: "option.delegate.item",
    says: /required: hash; actual: item "harsh"/,
    by: "doctor",
    run: ({ program }) => contained({ ...any, delegate_maps: "harsh" }, program, "hash"),
    fixed: ({ program }) => contained({ ...any, delegate_maps: "hash" }, program, "hash"),
  },
  {
    number: 10,
    what: "a comma separates the commands, so the second is an unknown option",
    id: "token.dropped.cmd",
    says: /delegate_cmds=map_create:prog_load/,
    by: "doctor",
    run: ({ program }) =>
      contained({ ...any, delegate_cmds: "prog_load", map_create: "1" }, program, "array"),
    fixed: "named",
  },
  {
    number: 11,
    what: "a name in an option has its prefix",
    id: "option.delegate.item",
    says: /required: map_create, without the prefix/,
    by: "doctor",
    run: ({ program }) => contained({ ...any, delegate_cmds: "BPF_MAP_CREATE" }, program, "hash"),
    fixed: ({ program }) => contained({ ...any, delegate_cmds: "map_create" }, program, "hash"),
  },
  {
    number: 12,
    what: "the host remounts with other masks, which changes none",
    id: "token.dropped.map",
    says: /delegate_maps=hash:array/,
    by: "doctor",
    run: ({ program, folder }) => {
      const inside = { caps: ALL, options: { ...any, delegate_maps: "array" }, command: [] };
      return ["sh", "-c", remount, "sh", `${folder}/fifo`, program, ...commandOf(inside)];
    },
    fixed: ({ program }) => contained({ ...any, delegate_maps: "hash:array" }, program, "hash"),
  },
  {
    number: 13,
    what: "the policy has a name of a newer kernel",
    id: "option.delegate.item",
    says: /required: Linux 6\.19, the first with this name; actual: item "insn_array"/,
    by: "doctor",
    run: ({ program }) => contained({ ...any, delegate_maps: "hash:insn_array" }, program, "hash"),
    fixed: ({ program }) => contained({ ...any, delegate_maps: "hash" }, program, "hash"),
    unless: () => {
      const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(release()) ?? []).map(Number);
      return major * 1000 + minor < 6019 ? undefined : "this kernel has the map type insn_array";
    },
  },
];
