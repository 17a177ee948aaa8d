// SPDX-License-Identifier: MIT
// Refused bpf() calls that use objects which exist already.
import { because, type JudgedCall } from "./judged.js";
import { field, type StraceCall } from "./line.js";

/** Judges LINK_CREATE and PROG_ATTACH. */
export function judgeAttach(command: string, { errno, args }: StraceCall): JudgedCall | undefined {
  const where = field(args, "attach_type") ?? "";
  const isCgroup = where === "" || /CGROUP|SOCK_OPS/.test(where);
  if (errno === "EPERM" && /KPROBE|UPROBE|PERF_EVENT/.test(where)) {
    return because(["explain.perf_event", "doctor.seccomp", "doctor.lsm"]);
  }
  // The kernel asks nothing of who attaches to a device: another one refuses.
  if (errno === "EPERM" && !isCgroup) return because(["doctor.seccomp", "doctor.lsm"]);
  if (errno === "EPERM") {
    return command === "LINK_CREATE"
      ? because(["attach.link.capable", "explain.cgroup", "doctor.seccomp"])
      : because(["explain.cgroup", "attach.prog.capable", "doctor.seccomp"]);
  }
  if (errno === "ERANGE") return because(["explain.xdp_mtu"]);
  if (errno === "EBUSY" || errno === "EEXIST") return because(["explain.busy"]);
  if (errno === "ENOTSUPP") return because(["explain.attach_unsupported"]);
  if (errno === "EBADF" && args.includes("CGROUP")) return because(["explain.cgroup"]);
  if (errno === "EINVAL" && args.includes("CGROUP")) {
    return because(["attach.prog.capable", "explain.cgroup", "explain.kernel_old"]);
  }
  if ((errno === "EOPNOTSUPP" || errno === "EINVAL") && where === "") {
    return because(["explain.attach_unsupported", "explain.kernel_old", "explain.xdp_driver"]);
  }
  if (errno === "EOPNOTSUPP" || errno === "EINVAL") {
    return because(["explain.xdp_driver", "explain.attach_unsupported", "explain.kernel_old"]);
  }
  return undefined;
}

/** Judges OBJ_PIN and OBJ_GET. */
export function judgePin({ errno }: StraceCall): JudgedCall | undefined {
  if (errno === "EACCES") return because(["explain.pin_mode"]);
  if (errno === "EPERM") return because(["explain.bpffs_place", "explain.pin_mode"]);
  if (errno === "EROFS") return because(["explain.bpffs_place"]);
  return undefined;
}

/** Judges commands that look for objects of others, by id or by target. */
export function judgeId(command: string, { errno }: StraceCall): JudgedCall | undefined {
  if (errno === "EACCES")
    return because(["explain.selinux", "doctor.lsm"], undefined, { main: false });
  if (errno !== "EPERM") return undefined;
  if (command === "BTF_GET_FD_BY_ID") return because(["btf.fd_by_id.capable", "bpf.admin"]);
  return because(["bpf.admin"]);
}
