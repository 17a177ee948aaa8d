// SPDX-License-Identifier: MIT
import type { ErrnoName } from "@bpf-token/uapi";
import type { CauseId } from "../cause.js";
import { errnoPattern, errnosIn } from "../errno-text.js";
import { noAccess, refusedLoad, refusedMap } from "./refused.js";
import { allOf, type Finder, type Found, type Rule } from "./rule.js";

type Causes = readonly CauseId[];
/** A step of a loader, and what each errno means there, most likely first. */
type Step = readonly [
  step: Finder,
  causes: Partial<Record<ErrnoName, Causes>>,
  /** Other programs have the step, too. */
  isCommon?: true,
];

const attaching: Causes = [
  "attach.link.capable",
  "explain.cgroup",
  "doctor.netns",
  "explain.perf_event",
  "doctor.seccomp",
];
const perfEvent: Causes = ["explain.perf_event", "doctor.seccomp", "explain.tracefs"];
const refusedEvent: Causes = [...perfEvent, "doctor.lockdown", "doctor.lsm"];
const byId: Causes = ["bpf.admin", "btf.fd_by_id.capable", "doctor.seccomp"];
const oldKernel: Causes = ["explain.kernel_config", "explain.kernel_old"];
const noCall: Causes = ["explain.kernel_config", "explain.kernel_old", "doctor.seccomp"];
const noMemory: Causes = ["explain.memory_cgroup", "explain.map_definition", "explain.memlock"];
const busy: Causes = ["explain.busy"];
const noTarget: Causes = ["explain.attach_target", ...oldKernel];
const pins: Causes = ["explain.pin_mode", "explain.bpffs_place", "doctor.lsm"];
const noPlace: Causes = ["explain.bpffs_place", "doctor.bpffs"];
const driver: Causes = ["explain.xdp_driver", "explain.xdp_mtu", "explain.kernel_old"];
const refusedProgram: Causes = ["explain.verifier", "explain.kernel_old", "explain.kernel_config"];
const rejected: Causes = ["explain.verifier", "explain.verifier_capability", "explain.selinux"];
const noBtf: Causes = ["explain.btf_missing", "doctor.lsm"];
const unsupported: Causes = ["explain.attach_unsupported", ...oldKernel];

const loading =
  /\bload(?:ing|ed)?\b.{0,60}(?:prog|object|skel|bpf|xdp|probe|filter|collection|struct_ops|trace(?:r|point))|(?:bpf|xdp|prog\w{0,4}|probe|skel\w{0,6}|verif\w{0,4})\b.{0,60}\bload|(?:prog|bpf)_load|load_(?:prog|func)|Prog section '[^']{0,64}' rejected|failed to load \S{1,64}(?= ?[:(])|create XDP program/i;
const tracing = /[ku](?:ret)?probe|tracepoint|usdt|perf|trac(?:e|ing)\b/i;

/**
 * Steps from the precise to the general: the first that a line names, with an errno of its, counts. The table
 * knows no tool, so that it holds for those that nobody has seen yet.
 */
const steps: readonly Step[] = [
  [/\bmaps?\b|bpf|\bprog|probe|perf|attach/i, { EMFILE: ["fd.limit"] }, true],
  [
    /\bxsk_(?!umem)|\bAF_?XDP\b|SockaddrXDP|sa_family=(?:AF_XDP|0x2c)\b/,
    {
      EINVAL: ["explain.xdp_driver", ...oldKernel],
      EOPNOTSUPP: ["explain.xdp_driver", ...oldKernel],
      EBUSY: busy,
    },
  ],
  [
    /\bxsk_|\bAF_?XDP\b|\bumem\b/,
    {
      ENOBUFS: ["explain.memlock", "explain.memory_cgroup"],
      ENOMEM: ["explain.memlock", "explain.memory_cgroup"],
    },
  ],
  [
    /\b(?:get|find|from|link with|next) .{0,24}\bid\b|_(?:next_id|by_id|info_by_fd)\b/i,
    { EPERM: byId, EACCES: ["explain.selinux", "doctor.lsm"] },
  ],
  [
    allOf(/\bquery|BPF_PROG_QUERY/i, /\bprog|\bBPF_PROG/i),
    { EPERM: ["prog.query.capable", "doctor.seccomp"] },
  ],
  [
    /\b(?:get|apply|with|open) .{0,16}\bbpf token\b|get token info|(?:^|: )get token: |apply token attributes/i,
    { EPERM: ["token.create.capable", "token.create.userns", "doctor.seccomp"] },
  ],
  [
    /(?:open|read|load|pars|get)\w{0,8} .{0,24}(?:kernel|vmlinux) (?:btf|spec)\b|load vmlinux|target BTF|\bfetch .{0,24}\bBTF\b/i,
    {
      EPERM: noBtf,
      EACCES: noBtf,
      ENOENT: noBtf,
      ESRCH: noBtf,
      EINVAL: ["explain.btf_newer", "explain.btf_missing"],
      EOPNOTSUPP: noBtf,
    },
  ],
  [
    allOf(/\b(?:get|read)\b/i, /\b(?:prog(?:ram)?|map|link) (?:fd|info)\b/i),
    { EPERM: ["bpf.admin", "doctor.seccomp"] },
  ],
  [/BTF debug data section|\bload\w{0,4} \.?BTF\b(?! from)/i, { EINVAL: ["explain.btf_upload"] }],
  [/\bbtf/i, { EPERM: ["btf.load.capable", "token.dropped.cmd", "bpf.admin"] }],
  [
    /kallsyms/i,
    {
      EPERM: ["explain.kptr", "doctor.lsm"],
      EACCES: ["explain.kptr", "doctor.lsm"],
      ENOENT: ["explain.kernel_config"],
    },
  ],
  [
    allOf(
      /\b(?:auto-)?(?:un)?pin(?:ned|ning)?\b|\bget object\b|OBJ_(?:PIN|GET)|\/sys\/fs\/bpf\b|\bbpf ?fs\b/i,
    ),
    {
      EPERM: pins,
      EACCES: pins,
      ENOENT: noPlace,
      EROFS: noPlace,
      EINVAL: noPlace,
      EEXIST: ["explain.pin_exists"],
    },
  ],
  [/\bmount (?:--(?!make-r?s)|-t )/, { EPERM: ["mount.capable", "bpffs.fill.capable"] }],
  [
    /map '[^']*': failed to create: |failed to create map|\bload(?:ing)? (?:the )?map\b|creat\w{0,4} [^:]{0,40}\bmap|\bmap\b.{0,60}\bcreat|map_create|create_map|open bpf map/i,
    {
      EPERM: refusedMap,
      EACCES: ["explain.selinux", "doctor.lsm"],
      EINVAL: ["explain.map_definition", "explain.kernel_old"],
      E2BIG: ["explain.map_definition", "map.create.too_big"],
      EOPNOTSUPP: ["explain.kernel_old", "explain.kernel_config"],
      ENOMEM: noMemory,
      ENOSYS: noCall,
    },
  ],
  [
    /\bupdate: |\bupdat(?:e|ing) (?:\w{1,16} )?(?:map|element)\b|\binsert\w{0,3} .{0,60}\bmap\b|MAP_UPDATE_ELEM/i,
    {
      E2BIG: ["map.elem.full", "map.elem.index"],
      ENOSPC: ["map.elem.full"],
      EPERM: ["explain.every_command", "map.frozen", ...noAccess],
    },
  ],
  [
    /\b(?:look(?:ing)? ?up|delet(?:e|ing)|iterat(?:e|ing)|read(?:ing)?) .{0,60}\bmap\b|map_(?:lookup|delete|get_next)|MAP_(?:LOOKUP|DELETE|GET_NEXT)/i,
    { EPERM: ["explain.every_command", ...noAccess] },
  ],
  [
    allOf(
      /attach|\bset\b|link\b|nlmsg|netlink/i,
      /\bxdp\b|nlmsg error|\bto dev(?:ice)? \S|\binterface \S{1,64}: .{0,40}link/i,
    ),
    {
      EPERM: ["doctor.netns", "prog.load.sysctl", "explain.no_token", "doctor.seccomp"],
      EBUSY: busy,
      EEXIST: busy,
      EINVAL: driver,
      EOPNOTSUPP: ["explain.xdp_driver", "explain.kernel_config"],
      ENOMEM: ["explain.xdp_driver"],
      ENOSPC: ["explain.xdp_driver"],
      ERANGE: ["explain.xdp_mtu"],
    },
  ],
  [
    allOf(/attach|creat|add|replac/i, /\btc\b|qdisc|clsact|tcx|classifier|(?:in|e)gress/i),
    {
      EINVAL: ["explain.kernel_config", "explain.attach_target", "explain.kernel_old"],
      ENOENT: ["explain.kernel_config", "explain.attach_target"],
      EOPNOTSUPP: oldKernel,
      EEXIST: busy,
      EBUSY: busy,
    },
    true,
  ],
  [
    allOf(/attach|detach/i, /cgroup/i),
    {
      EINVAL: ["explain.cgroup", "explain.kernel_old"],
      EPERM: ["explain.cgroup", "attach.link.capable"],
      EBADF: ["explain.cgroup"],
      ENOENT: ["explain.cgroup"],
    },
    true,
  ],
  [
    loading,
    {
      EPERM: refusedLoad,
      EACCES: rejected,
      EINVAL: refusedProgram,
      E2BIG: ["explain.program_size", "explain.kernel_old"],
      ENOSPC: ["explain.log_buffer", "explain.program_size"],
      ESRCH: ["explain.btf_missing", "explain.attach_target"],
      ENOENT: ["explain.object", "explain.attach_target", "explain.btf_missing"],
      ENOMEM: noMemory,
      EOPNOTSUPP: oldKernel,
      ENOSYS: ["explain.kernel_config", "doctor.seccomp"],
    },
    true,
  ],
  [
    allOf(/attach|detach|\bcreat|\bopen(?:ed|ing)?\b|\benabl|PERF_EVENT_IOC_SET_BPF/i, tracing),
    {
      EPERM: refusedEvent,
      EACCES: perfEvent,
      ENOENT: noTarget,
      EINVAL: noTarget,
      ENODEV: noTarget,
      EBUSY: busy,
      EEXIST: busy,
      EOPNOTSUPP: unsupported,
    },
    true,
  ],
  [/perf_event_open|trace event|perf (?:ring|buffer)/i, { EPERM: refusedEvent, EACCES: perfEvent }],
  [/\bf(?:entry|exit)\b|\bmulti\b/i, { EOPNOTSUPP: unsupported }],
  [/attach program to dispatcher/i, { EOPNOTSUPP: ["explain.attach_unsupported"] }],
  [
    /attach|detach|create link\b/i,
    {
      EPERM: attaching,
      EBUSY: busy,
      EEXIST: busy,
      ENOENT: noTarget,
      EINVAL: noTarget,
      ESRCH: ["explain.attach_target", "explain.btf_missing"],
      EOPNOTSUPP: unsupported,
    },
  ],
  [/\bmap/i, { EPERM: refusedMap, ENOMEM: noMemory }, true],
  [
    // Not in a path or an address.
    /(?<![/\w])(?:e?bpf|libbpf)|(?<![/\w-])[\w.]{0,40}probe|verifier/i,
    { EPERM: refusedLoad, EACCES: [...rejected, "explain.pin_mode"], ENOSYS: noCall },
  ],
];

/** Steps that say more than the messages of a tool: their rules come before those of the tools. */
const preciseSteps: readonly Step[] = [
  // The file exists if a write fails: the kernel does not accept the probe.
  [
    /\bwrite[ (]\S{0,64}\/[ku]probe_events[:,] |create (?:kprobe|uprobe|tracepoint) '/,
    { ENOENT: ["explain.attach_target"], EINVAL: ["explain.attach_target"] },
  ],
  // The kernel asks for no capability here, so another one refuses.
  [
    /create (?:raw tracepoint|tracing link): /i,
    { EPERM: ["doctor.seccomp", "doctor.lsm"], EOPNOTSUPP: ["explain.attach_unsupported"] },
  ],
  [/Prog section '[^']{0,64}' rejected/, { EACCES: rejected, EINVAL: refusedProgram }],
  [/failed to attach program/i, { ENOENT: ["explain.attach_target"] }],
  [/bpf_link_create|BPF_LINK_CREATE/, { EBUSY: busy, EEXIST: busy }],
  [/\bdispatcher\b/, { EINVAL: ["explain.kernel_old", "explain.attach_unsupported"] }],
];

/** Rules for a step and an errno that come before those that know the texts of a tool. */
export const preciseStepRules: readonly Rule[] = preciseSteps.flatMap(([step, causes]) =>
  errnosOf(causes).map((errno) => ({
    find: allOf(step, errnoPattern(errno)),
    causes: causes[errno] ?? [],
    strength: 2,
  })),
);

/** The name and line of a source file: its words are no step. */
const place = /\.(?:rs|go|cc?|cpp|py|h):\d/;

/** Returns what a step and an errno of a line mean, whatever tool wrote it. */
export function findStep(line: string): { readonly rule: Rule; readonly match: Found } | undefined {
  const errnos = errnosIn(line);
  if (errnos.length === 0) return undefined;
  const text = line
    .split(" ")
    .filter((word) => !place.test(word))
    .join(" ");
  for (const [find, table, isCommon = false] of steps) {
    const errno = errnos.find((name) => table[name] !== undefined);
    const causes = errno === undefined ? undefined : table[errno];
    const match = causes === undefined ? null : find.exec(text);
    if (causes === undefined || match === null) continue;
    // EPERM is what texts about BPF are mostly about; a filter or a security module is possible at each step.
    const isRefused = errno === "EPERM";
    const strength = causes.length > 2 || isRefused ? 1 : 2;
    return { rule: { find, causes, strength, onlyForBpf: isCommon && !isRefused }, match };
  }
  return undefined;
}

function errnosOf(causes: Step[1]): readonly ErrnoName[] {
  return Object.keys(causes) as ErrnoName[];
}
