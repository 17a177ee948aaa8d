// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";
import { refusedLoad, refusedMap } from "./libbpf.js";
import { EPERM, eacces, inOrder, type Rule } from "./rule.js";

const bpf = /\be?bpf|probe|verifier|libbpf/i;
/** Besides the names of EPERM the number, as libbpf before 1.6 and its tools print it, at the end of a line. */
const refused = new RegExp(
  String.raw`${EPERM}|(?::|\(|\berr(?:or|no)?\b)[ :=]{0,2}-1\)?[\s."';]{0,3}$`,
  "i",
);

const attaching: readonly CauseId[] = [
  "attach.link.capable",
  "explain.cgroup",
  "doctor.netns",
  "explain.perf_event",
  "doctor.seccomp",
];

/** Texts that name a step of a loader and EPERM, but not what the step lacks. */
const stepRules: readonly Rule[] = [
  {
    find: inOrder(
      /\b(?:get|find|from|link with|next) .{0,24}\bid\b|_(?:next_id|by_id|info_by_fd)\b/i,
      refused,
    ),
    causes: ["bpf.admin", "btf.fd_by_id.capable", "doctor.seccomp"],
    strength: 1,
  },
  {
    find: inOrder(/\bquery|BPF_PROG_QUERY/i, /\bprog|\bBPF_PROG/i, refused),
    causes: ["prog.query.capable", "doctor.seccomp"],
    strength: 1,
  },
  {
    find: inOrder(/\b(?:get|apply|with|open) .{0,16}\btoken\b/i, refused),
    causes: ["token.create.capable", "token.create.userns", "doctor.seccomp"],
    strength: 1,
  },
  {
    find: inOrder(
      /(?:open|read|load|pars|get)\w{0,8} .{0,24}(?:kernel|vmlinux) (?:btf|spec)\b|load vmlinux/i,
      refused,
    ),
    causes: ["explain.btf_missing", "doctor.lsm"],
    strength: 1,
  },
  {
    find: inOrder(/\b(?:get|read)\b/i, /\b(?:prog(?:ram)?|map|link) (?:fd|info)\b/i, refused),
    causes: ["bpf.admin", "doctor.seccomp"],
    strength: 1,
  },
  {
    find: inOrder(/btf/i, refused),
    causes: ["btf.load.capable", "token.dropped.cmd", "bpf.admin"],
    strength: 1,
  },
  {
    find: inOrder(/kallsyms/i, refused),
    causes: ["explain.kptr", "doctor.lsm"],
    strength: 1,
  },
  {
    find: inOrder(/\b(?:auto-)?(?:un)?pin(?:ned|ning)?\b|\bget object\b/i, refused),
    causes: ["explain.pin_mode", "explain.bpffs_place", "doctor.lsm"],
    strength: 1,
  },
  {
    find: inOrder(/\bmount (?:--|-t )/, refused),
    causes: ["mount.capable", "bpffs.fill.capable"],
    strength: 1,
  },
  {
    find: inOrder(/attach|detach/i, /probe|tracepoint|usdt|perf|uretprobe|trace/i, refused),
    causes: ["explain.perf_event", "doctor.seccomp", "explain.tracefs"],
    strength: 1,
  },
  {
    find: inOrder(/perf_event_open|trace event|perf (?:ring|buffer)/i, refused),
    causes: ["explain.perf_event", "doctor.seccomp", "explain.tracefs"],
    strength: 1,
  },
  { find: inOrder(/attach|detach|create link\b/i, refused), causes: attaching, strength: 1 },
  {
    find: inOrder(/\bload/i, /bpf|xdp|prog|dispatch|object|skel|struct_ops/i, refused),
    causes: refusedLoad,
    strength: 1,
  },
  { find: inOrder(/xdp|bpf/i, /\bload/i, refused), causes: refusedLoad, strength: 1 },
  {
    find: inOrder(/failed to load \S{1,64}(?= ?[:(])|create XDP program/i, refused),
    causes: refusedLoad,
    strength: 1,
  },
];

/** Texts that name only an errno, near a word about BPF. */
export const generalRules: readonly Rule[] = [
  ...stepRules,
  { find: inOrder(/\bmap/i, refused), causes: refusedMap, strength: 1 },
  { find: inOrder(bpf, refused), causes: refusedLoad, strength: 1 },
  {
    find: inOrder(bpf, /function not implemented|ENOSYS|os error 38/i),
    causes: ["doctor.seccomp", "explain.kernel_config"],
    strength: 1,
  },
  {
    find: inOrder(bpf, eacces),
    causes: ["explain.verifier", "explain.selinux", "explain.pin_mode"],
    strength: 1,
  },
  {
    // Last: BCC prints refused maps in the form of a compiler's error.
    find: /:\d+:\d+: (?:fatal )?error: |\berror: .{0,120}: A call to (?:global|built-in) function |^clang(?:-\d+)?: error: /,
    causes: ["explain.compile", "explain.headers"],
    strength: 2,
  },
];
