// SPDX-License-Identifier: MIT
// What else answers a bpf() call so: causes that the checks of the model do not have, or that the log hides.
import type { BpfCmdName } from "@bpf-token/uapi";
import type { CauseId } from "../cause.js";
import { refusedLoad, refusedMap } from "../rules/refused.js";
import { because, type JudgedCall } from "./judged.js";

/** Command, errno and attach type, with a space after each of the first two; the first that fits counts. */
const rows: readonly (readonly [call: RegExp, causes: readonly CauseId[]])[] = [
  [/ EMFILE /, ["fd.limit"]],
  [/^MAP_CREATE EPERM/, refusedMap],
  [/^MAP_CREATE EINVAL/, ["explain.map_definition", "explain.kernel_old"]],
  [/^MAP_CREATE E2BIG/, ["map.create.too_big", "bpf.tail"]],
  [/^MAP_CREATE EOPNOTSUPP/, ["explain.kernel_old", "explain.kernel_config"]],
  [/^PROG_LOAD EPERM/, refusedLoad],
  [/^PROG_LOAD EACCES/, ["explain.verifier", "explain.verifier_capability"]],
  [/^PROG_LOAD EINVAL/, ["explain.verifier", "explain.kernel_old"]],
  [/^PROG_LOAD E2BIG/, ["explain.program_size", "bpf.tail"]],
  [/^PROG_LOAD ENOSPC/, ["explain.log_buffer"]],
  [
    /^BTF_LOAD EPERM/,
    ["btf.load.capable", "explain.no_token", "token.dropped.cmd", "doctor.seccomp"],
  ],
  [/^BTF_LOAD/, ["explain.btf_upload"]],
  [/^TOKEN_CREATE EPERM/, ["doctor.seccomp"]],
  [/^TOKEN_CREATE EINVAL/, ["token.create.bpffs", "doctor.release"]],
  [
    /^LINK_CREATE EPERM (?:$|\S*(?:CGROUP|SOCK_OPS))/,
    ["attach.link.capable", "explain.cgroup", "doctor.seccomp"],
  ],
  [
    /^PROG_ATTACH EPERM (?:$|\S*(?:CGROUP|SOCK_OPS))/,
    ["explain.cgroup", "attach.prog.capable", "doctor.seccomp"],
  ],
  // The kernel asks nothing of who attaches to a device: another one refuses.
  [/^(?:LINK_CREATE|PROG_ATTACH) EPERM/, ["doctor.seccomp", "doctor.lsm"]],
  [/^(?:LINK_CREATE|PROG_ATTACH) ERANGE/, ["explain.xdp_mtu"]],
  // Nobody else holds a function: the kernel cannot patch it.
  [
    /^LINK_CREATE EBUSY \S*(?:FENTRY|FEXIT|MODIFY_RETURN|LSM)/,
    ["explain.kernel_config", "explain.attach_unsupported", "explain.busy"],
  ],
  [/^(?:LINK_CREATE|PROG_ATTACH) (?:EBUSY|EEXIST)/, ["explain.busy"]],
  [/^(?:LINK_CREATE|PROG_ATTACH) ENOTSUPP/, ["explain.attach_unsupported"]],
  [/^(?:LINK_CREATE|PROG_ATTACH) EBADF \S*CGROUP/, ["explain.cgroup"]],
  // Only PROG_ATTACH reports a missing capability as EINVAL.
  [/^LINK_CREATE EINVAL \S*CGROUP/, ["explain.cgroup", "explain.kernel_old"]],
  [
    /^PROG_ATTACH EINVAL \S*CGROUP/,
    ["attach.prog.capable", "explain.cgroup", "explain.kernel_old"],
  ],
  [
    /^(?:LINK_CREATE|PROG_ATTACH) (?:EOPNOTSUPP|EINVAL) \S*(?:XDP|TCX|NETKIT)/,
    ["explain.xdp_driver", "explain.attach_unsupported", "explain.kernel_old"],
  ],
  [
    /^(?:LINK_CREATE|PROG_ATTACH) (?:EOPNOTSUPP|EINVAL)/,
    ["explain.attach_unsupported", "explain.kernel_old", "explain.attach_target"],
  ],
  [/^MAP_UPDATE_ELEM EINVAL/, ["map.elem.update_flags", "map.elem.prog", "map.elem.inner"]],
  [/^MAP_UPDATE_ELEM E2BIG/, ["map.elem.full", "map.elem.index"]],
  [/^OBJ_PIN EEXIST/, ["explain.pin_exists"]],
  [/^OBJ_(?:PIN|GET) EACCES/, ["explain.pin_mode"]],
  [/^OBJ_(?:PIN|GET) EPERM/, ["explain.bpffs_place", "explain.pin_mode"]],
  [/^OBJ_(?:PIN|GET) EROFS/, ["explain.bpffs_place"]],
  // The kernel asks nothing here, and SELinux answers EACCES.
  [/^RAW_TRACEPOINT_OPEN EPERM/, ["doctor.seccomp", "doctor.lsm"]],
  [
    /^(?:\w+_GET_(?:NEXT|FD_BY)_ID|PROG_QUERY|ENABLE_STATS) EACCES/,
    ["explain.selinux", "doctor.lsm"],
  ],
  // CAP_NET_ADMIN is enough.
  [/^PROG_QUERY EPERM/, ["prog.query.capable", "doctor.seccomp"]],
  [/^(?:\w+_GET_(?:NEXT|FD_BY)_ID|ENABLE_STATS) EPERM/, ["bpf.admin"]],
];

/** Failures after which a program continues: without types, with a larger buffer, without another's object. */
const harmless = /^(?:BTF_LOAD (?!EPERM)|PROG_LOAD ENOSPC|\S+(?:_ID|_QUERY|_STATS) EACCES)/;

/** Judges a call by its command and errno alone; undefined if nothing is known. */
export function otherCauses(
  cmd: BpfCmdName,
  errno: string,
  attach: string = "",
  passesNoToken: boolean = false,
): JudgedCall | undefined {
  const call = `${cmd} ${errno} ${attach}`;
  const found = rows.find(([pattern]) => pattern.test(call))?.[1];
  // The kernel ignores only a token that the call passes.
  const causes = found?.filter((id) => !(passesNoToken && id.startsWith("token.dropped.")));
  return causes === undefined
    ? undefined
    : because(causes, undefined, { main: !harmless.test(call) });
}
