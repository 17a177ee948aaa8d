// SPDX-License-Identifier: MIT
import { FSCONFIG, FSOPEN, O } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";

/**
 * Opens a file system context, fsopen(2). A BPF FS belongs to the user namespace of the task that
 * makes this call, and to no other, for ever (rule FS-04).
 *
 * @throws BpfError if the kernel refuses: EPERM unless the task has CAP_SYS_ADMIN in the user
 *   namespace that owns its mount namespace (rule FS-01).
 */
export function fsopen(task: Task, type = "bpf"): OwnedFd<"fscontext"> {
  const call = { syscall: "fsopen", cmd: type };
  return OwnedFd.adopt(task, raw.fsopen(task, type, FSOPEN.CLOEXEC), "fscontext", call);
}

/**
 * Sets a mount option on a context, fsconfig(2) with FSCONFIG_SET_STRING.
 *
 * @throws BpfError if the kernel refuses: EINVAL for a value that it cannot parse (OP-01…OP-11),
 *   EPERM for a delegation by a task without CAP_SYS_ADMIN in the first user namespace (OP-12).
 */
export function setOption(task: Task, context: FdLike, key: string, value: string): void {
  const ret = raw.fsconfig(task, fdOf(context), FSCONFIG.SET_STRING, key, value, 0);
  check(task, { syscall: "fsconfig", cmd: key }, ret);
}

/**
 * Makes the superblock of a context, fsconfig(2) with FSCONFIG_CMD_CREATE.
 *
 * @throws BpfError if the kernel refuses: EPERM without CAP_SYS_ADMIN in the first user namespace
 *   for a context of another one (FS-12); the context is then of no more use.
 */
export function createSuperblock(task: Task, context: FdLike): void {
  const ret = raw.fsconfig(task, fdOf(context), FSCONFIG.CMD_CREATE, null, null, 0);
  check(task, { syscall: "fsconfig", cmd: "FSCONFIG_CMD_CREATE" }, ret);
}

/**
 * Makes a detached mount of a context's superblock, fsmount(2).
 *
 * The descriptor is an O_PATH one: BPF_TOKEN_CREATE answers EBADF to it (TC-03). Open it with
 * {@link openRoot} first.
 *
 * @throws BpfError if the kernel refuses.
 */
export function fsmount(task: Task, context: FdLike): OwnedFd<"dir"> {
  return OwnedFd.adopt(task, raw.fsmount(task, fdOf(context), 0, 0), "dir", { syscall: "fsmount" });
}

/**
 * Opens the root directory of a mount given by a descriptor, for reading: what BPF_TOKEN_CREATE
 * accepts.
 *
 * @throws BpfError if the kernel refuses.
 */
export function openRoot(task: Task, mount: FdLike): OwnedFd<"dir"> {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  const call = { syscall: "openat", cmd: "." };
  return OwnedFd.adopt(task, raw.openat(task, fdOf(mount), ".", flags, 0), "dir", call);
}

/** The four masks as mount options: kernel syntax, names joined by `:`, a number, or `any`. */
export interface DelegationOptions {
  /** Commands, as `map_create:prog_load`. */
  readonly delegate_cmds?: string;
  /** Map types, as `hash:array`. */
  readonly delegate_maps?: string;
  /** Program types, as `xdp`. */
  readonly delegate_progs?: string;
  /** Attach types, as `xdp:cgroup_inet_ingress`. */
  readonly delegate_attachs?: string;
}

/**
 * Prepares a delegated BPF FS for a container: the container opens the context, so that the file
 * system is its own; the delegator, privileged in the first user namespace, sets what is delegated
 * and creates it; the container gets the root directory, opened, ready for a token (rule MN-04).
 *
 * @param container - a task in a user and a mount namespace of its own.
 * @param delegator - a task with CAP_SYS_ADMIN in the first user namespace.
 * @returns the root directory in the container. Closing it does not undo tokens made from it.
 * @throws BpfError from the first call that is refused; nothing stays open then.
 */
export function delegateBpffs(
  container: Task,
  delegator: Task,
  options: DelegationOptions,
): OwnedFd<"dir"> {
  const open: OwnedFd[] = [];
  const own = <T extends OwnedFd>(fd: T): T => {
    open.push(fd);
    return fd;
  };
  try {
    const context = own(own(fsopen(container)).sendTo(delegator));
    for (const [key, value] of Object.entries(options)) setOption(delegator, context, key, value);
    createSuperblock(delegator, context);
    const mount = own(own(fsmount(delegator, context)).sendTo(container));
    return openRoot(container, mount);
  } finally {
    for (const fd of open.reverse()) fd.close();
  }
}
