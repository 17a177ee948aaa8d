// SPDX-License-Identifier: MIT
import { Errno } from "@bpf-token/uapi";
import { bpf, close, hasFilter, open, read, type Steps } from "../calls/steps.js";
import { bpffsMounts } from "./mounts.js";

/** The whole range of ids, as the initial user namespace maps it. */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * Whether the task is in the initial user namespace, as far as it can see. Undefined if nothing shows
 * it. The answer of TOKEN_CREATE decides (rules TC-07 to TC-10); the map of user ids only if there is
 * no BPF filesystem, because other namespaces can map all ids too.
 */
export function* inInitialNamespace(): Steps<boolean | undefined> {
  for (const { path } of bpffsMounts(yield* textOf("/proc/self/mountinfo"))) {
    const answer = yield* askAt(path);
    if (answer === -Errno.EOPNOTSUPP) return true;
    if (answer >= 0 || answer === -Errno.ENOENT) return false;
  }
  const map = yield* textOf("/proc/self/uid_map");
  return map === "" ? undefined : ALL_IDS.test(map);
}

/** Returns 0 or the errno of TOKEN_CREATE; the token is closed at once. */
function* askAt(path: string): Steps<number> {
  const directory = yield* open(path, true);
  if (directory < 0) return -Errno.EACCES;
  const fd = yield* bpf("TOKEN_CREATE", { bpffs_fd: directory }, { purpose: "token" });
  if (fd >= 0) yield* close(fd);
  yield* close(directory);
  return Math.min(fd, 0);
}

/**
 * Whether a seccomp filter refuses bpf() itself: the kernel answers EBADF to every caller that
 * passes a closed file descriptor.
 */
export function* filterRefuses(): Steps<boolean> {
  if (!(yield* hasFilter())) return false;
  const closed = { map_fd: 0xffff_ffff };
  return (yield* bpf("MAP_LOOKUP_ELEM", closed, { purpose: "probe" })) !== -Errno.EBADF;
}

/**
 * Returns what else can refuse a call with EPERM, in one clause: what the task can see of seccomp,
 * lockdown and security modules. Empty for other errors.
 */
export function* otherRefusals(errno: number): Steps<string> {
  if (errno !== Errno.EPERM && errno !== Errno.ENOSYS) return "";
  if (yield* filterRefuses()) {
    return "; this is no token matter: a seccomp filter refuses bpf() with every command";
  }
  const lockdown = yield* textOf("/sys/kernel/security/lockdown");
  const lsm = yield* textOf("/sys/kernel/security/lsm");
  const mode = /\[(integrity|confidentiality)\]/.exec(lockdown)?.[1];
  const strict = lsm.split(",").filter((name) => name === "selinux" || name === "apparmor");
  const found = [
    ...((yield* hasFilter()) ? ["a seccomp filter is active"] : []),
    ...(mode === undefined || errno === Errno.ENOSYS ? [] : [`lockdown is in ${mode} mode`]),
    ...(strict.length === 0 || errno === Errno.ENOSYS ? [] : [`${strict.join(" and ")} is active`]),
  ];
  const seen = found.length === 0 ? "" : ` (${found.join(", ")})`;
  return `; this is no token matter: seccomp, lockdown, a security module or the kernel's configuration refuses the call${seen}`;
}

function* textOf(path: string): Steps<string> {
  const bytes = yield* read(path);
  return typeof bytes === "number" ? "" : new TextDecoder().decode(bytes);
}
