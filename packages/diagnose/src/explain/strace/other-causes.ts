// SPDX-License-Identifier: MIT
// What else answers a bpf() call so: causes that the checks of the model do not have, or that the log hides.
import type { BpfCmdName } from "@bpf-token/uapi";
import type { CauseId } from "../cause.js";
import { refusedLoad, refusedMap } from "../rules/libbpf.js";
import { because, type JudgedCall } from "./judged.js";

interface Row {
  readonly cmd: RegExp;
  readonly errno: RegExp;
  /** The attach type as strace prints it; empty if the log lacks it. */
  readonly attach?: RegExp;
  readonly causes: readonly CauseId[];
  /** Whether the failure cannot end a program. */
  readonly harmless?: boolean;
}

const attaches = /^(?:LINK_CREATE|PROG_ATTACH)$/;
const cgroup = /^$|CGROUP|SOCK_OPS/;

/** The first row that fits counts. */
const rows: readonly Row[] = [
  { cmd: /^MAP_CREATE$/, errno: /^EPERM$/, causes: refusedMap },
  {
    cmd: /^MAP_CREATE$/,
    errno: /^EINVAL$/,
    causes: ["explain.map_definition", "explain.kernel_old"],
  },
  { cmd: /^MAP_CREATE$/, errno: /^E2BIG$/, causes: ["map.create.too_big", "bpf.tail"] },
  {
    cmd: /^MAP_CREATE$/,
    errno: /^EOPNOTSUPP$/,
    causes: ["explain.kernel_old", "explain.kernel_config"],
  },
  { cmd: /^PROG_LOAD$/, errno: /^EPERM$/, causes: refusedLoad },
  {
    cmd: /^PROG_LOAD$/,
    errno: /^EACCES$/,
    causes: ["explain.verifier", "explain.verifier_capability"],
  },
  { cmd: /^PROG_LOAD$/, errno: /^EINVAL$/, causes: ["explain.verifier", "explain.kernel_old"] },
  { cmd: /^PROG_LOAD$/, errno: /^E2BIG$/, causes: ["explain.program_size", "bpf.tail"] },
  { cmd: /^PROG_LOAD$/, errno: /^ENOSPC$/, causes: ["explain.log_buffer"], harmless: true },
  {
    cmd: /^BTF_LOAD$/,
    errno: /^EPERM$/,
    causes: ["btf.load.capable", "explain.no_token", "token.dropped.cmd", "doctor.seccomp"],
  },
  { cmd: /^BTF_LOAD$/, errno: /./, causes: ["explain.btf_upload"], harmless: true },
  { cmd: /^TOKEN_CREATE$/, errno: /^EPERM$/, causes: ["doctor.seccomp"] },
  { cmd: /^TOKEN_CREATE$/, errno: /^EINVAL$/, causes: ["token.create.bpffs", "doctor.release"] },
  {
    ...{ cmd: attaches, errno: /^EPERM$/, attach: /KPROBE|UPROBE|PERF_EVENT/ },
    causes: ["explain.perf_event", "doctor.seccomp", "doctor.lsm"],
  },
  {
    ...{ cmd: /^LINK_CREATE$/, errno: /^EPERM$/, attach: cgroup },
    causes: ["attach.link.capable", "explain.cgroup", "doctor.seccomp"],
  },
  {
    ...{ cmd: /^PROG_ATTACH$/, errno: /^EPERM$/, attach: cgroup },
    causes: ["explain.cgroup", "attach.prog.capable", "doctor.seccomp"],
  },
  // The kernel asks nothing of who attaches to a device: another one refuses.
  { cmd: attaches, errno: /^EPERM$/, causes: ["doctor.seccomp", "doctor.lsm"] },
  { cmd: attaches, errno: /^ERANGE$/, causes: ["explain.xdp_mtu"] },
  { cmd: attaches, errno: /^(?:EBUSY|EEXIST)$/, causes: ["explain.busy"] },
  { cmd: attaches, errno: /^ENOTSUPP$/, causes: ["explain.attach_unsupported"] },
  { cmd: attaches, errno: /^EBADF$/, attach: /CGROUP/, causes: ["explain.cgroup"] },
  {
    ...{ cmd: attaches, errno: /^EINVAL$/, attach: /CGROUP/ },
    causes: ["attach.prog.capable", "explain.cgroup", "explain.kernel_old"],
  },
  {
    ...{ cmd: attaches, errno: /^(?:EOPNOTSUPP|EINVAL)$/, attach: /^$/ },
    causes: ["explain.attach_unsupported", "explain.kernel_old", "explain.xdp_driver"],
  },
  {
    ...{ cmd: attaches, errno: /^(?:EOPNOTSUPP|EINVAL)$/ },
    causes: ["explain.xdp_driver", "explain.attach_unsupported", "explain.kernel_old"],
  },
  { cmd: /^OBJ_(?:PIN|GET)$/, errno: /^EACCES$/, causes: ["explain.pin_mode"] },
  {
    cmd: /^OBJ_(?:PIN|GET)$/,
    errno: /^EPERM$/,
    causes: ["explain.bpffs_place", "explain.pin_mode"],
  },
  { cmd: /^OBJ_(?:PIN|GET)$/, errno: /^EROFS$/, causes: ["explain.bpffs_place"] },
  {
    cmd: /^RAW_TRACEPOINT_OPEN$/,
    errno: /^EPERM$/,
    causes: ["doctor.lockdown", "explain.selinux"],
  },
  {
    cmd: /_GET_(?:NEXT|FD_BY)_ID$|^PROG_QUERY$|^ENABLE_STATS$/,
    errno: /^EACCES$/,
    causes: ["explain.selinux", "doctor.lsm"],
    harmless: true,
  },
  {
    cmd: /_GET_(?:NEXT|FD_BY)_ID$|^PROG_QUERY$|^ENABLE_STATS$/,
    errno: /^EPERM$/,
    causes: ["bpf.admin"],
  },
];

/** Judges a call by its command and errno alone; undefined if nothing is known. */
export function otherCauses(
  cmd: BpfCmdName,
  errno: string,
  attach: string = "",
): JudgedCall | undefined {
  const row = rows.find(
    (one) => one.cmd.test(cmd) && one.errno.test(errno) && (one.attach?.test(attach) ?? true),
  );
  if (row === undefined) return undefined;
  return because(row.causes, undefined, { main: row.harmless !== true });
}
