// SPDX-License-Identifier: MIT
import { axisNames, type Delegation, delegationMasks } from "@bpf-token/delegation";
import { FSCONFIG, FSOPEN, O } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { type FdLike, fdOf, OwnedFd } from "./owned-fd.js";
import { raw } from "./raw.js";

/**
 * Opens a filesystem context with fsopen(2). The BPF filesystem belongs to the user namespace of
 * the calling task; a later call cannot change that (rule FS-04).
 *
 * @param type - the filesystem type.
 * @throws BpfError if the kernel refuses: EPERM unless the task has CAP_SYS_ADMIN in the user
 *   namespace that owns its mount namespace (rule FS-01).
 * @example
 * ```ts
 * const context = fsopen(container);
 * ```
 */
export function fsopen(task: Task, type = "bpf"): OwnedFd<"fscontext"> {
  const call = { syscall: "fsopen", cmd: type };
  return OwnedFd.adopt(task, raw.fsopen(task, type, FSOPEN.CLOEXEC), "fscontext", call);
}

/**
 * Sets a mount option of a filesystem context with fsconfig(2), FSCONFIG_SET_STRING.
 *
 * @throws BpfError if the kernel refuses: EINVAL for a value that the kernel cannot parse
 *   (OP-01…OP-11), EPERM for a delegate option from a task without CAP_SYS_ADMIN in the initial
 *   user namespace (OP-12).
 * @example
 * ```ts
 * setOption(kernel.init, context, "delegate_maps", "array:hash");
 * ```
 */
export function setOption(task: Task, context: FdLike, key: string, value: string): void {
  const ret = raw.fsconfig(
    task,
    fdOf(context, task, "setOption: context"),
    FSCONFIG.SET_STRING,
    key,
    value,
    0,
  );
  check(task, { syscall: "fsconfig", cmd: key }, ret);
}

/**
 * Creates the superblock of a filesystem context with fsconfig(2), FSCONFIG_CMD_CREATE.
 *
 * @throws BpfError if the kernel refuses: EPERM if the context belongs to another user namespace
 *   than the initial one and the task has no CAP_SYS_ADMIN in the initial user namespace (FS-12).
 *   After a refusal the context can no longer be used.
 * @example
 * ```ts
 * createSuperblock(kernel.init, context);
 * ```
 */
export function createSuperblock(task: Task, context: FdLike): void {
  const ret = raw.fsconfig(
    task,
    fdOf(context, task, "createSuperblock: context"),
    FSCONFIG.CMD_CREATE,
    null,
    null,
    0,
  );
  check(task, { syscall: "fsconfig", cmd: "FSCONFIG_CMD_CREATE" }, ret);
}

/**
 * Creates a detached mount of a context's superblock with fsmount(2).
 *
 * The result is an O_PATH file descriptor, which BPF_TOKEN_CREATE refuses with EBADF (TC-03). Open
 * the directory with {@link openRoot} first.
 *
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * const bpffs = openRoot(container, fsmount(delegator, context).sendTo(container));
 * ```
 */
export function fsmount(task: Task, context: FdLike): OwnedFd<"dir"> {
  return OwnedFd.adopt(
    task,
    raw.fsmount(task, fdOf(context, task, "fsmount: context"), 0, 0),
    "dir",
    { syscall: "fsmount" },
  );
}

/**
 * Opens the root directory of a mount for reading. BPF_TOKEN_CREATE accepts the result.
 *
 * @param mount - a file descriptor of the mount, as {@link fsmount} returns it.
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * const token = createToken(container, openRoot(container, mount));
 * ```
 */
export function openRoot(task: Task, mount: FdLike): OwnedFd<"dir"> {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  const call = { syscall: "openat", cmd: "." };
  return OwnedFd.adopt(
    task,
    raw.openat(task, fdOf(mount, task, "openRoot: mount"), ".", flags, 0),
    "dir",
    call,
  );
}

/**
 * The four delegate masks as mount options. A value has the kernel's syntax: names joined by `:`, a
 * number, or `any`.
 */
export interface DelegationOptions {
  /** Commands: `map_create:prog_load`. */
  readonly delegate_cmds?: string;
  /** Map types: `hash:array`. */
  readonly delegate_maps?: string;
  /** Program types: `xdp`. */
  readonly delegate_progs?: string;
  /** Attach types: `xdp:cgroup_inet_ingress`. */
  readonly delegate_attachs?: string;
}

/**
 * Returns the mount options of a delegation. A mask is a number, because a kernel without BTF does
 * not know the names. Omitted and empty masks have no option.
 *
 * @param delegation - names and numbers, or mount options, which are returned unchanged.
 * @throws DelegationError for an unknown name.
 * @example
 * ```ts
 * delegationOptions({ maps: ["hash", "array"], progs: "any" });
 * // { delegate_maps: "0x6", delegate_progs: "any" }
 * ```
 */
export function delegationOptions(delegation: Delegation | DelegationOptions): DelegationOptions {
  const keys = Object.keys(delegation);
  if (keys.length > 0 && keys.every((key) => key.startsWith("delegate_"))) {
    return delegation as DelegationOptions;
  }
  const masks = delegationMasks(delegation as Delegation);
  const all = (1n << 64n) - 1n;
  const options = axisNames
    .filter((axis) => masks[axis] !== 0n)
    .map((axis) => {
      const mask = masks[axis];
      return [`delegate_${axis}`, mask === all ? "any" : `0x${mask.toString(16)}`];
    });
  return Object.fromEntries(options) as DelegationOptions;
}

/**
 * Creates a BPF filesystem with delegate options for a container (rule MN-04).
 *
 * The container opens the context, so the filesystem belongs to the container's user namespace. The
 * delegator sets the options and creates the superblock. The container opens the root directory,
 * which {@link createToken} accepts.
 *
 * @param container - a task in its own user and mount namespace.
 * @param delegator - a task with CAP_SYS_ADMIN in the initial user namespace.
 * @param delegation - names and numbers, or mount options, which the kernel gets unchanged.
 * @returns the root directory in the container. Tokens stay valid after it is closed.
 * @throws DelegationError for an unknown name, before any call. BpfError from the first call that the
 *   kernel refuses; all file descriptors are closed then.
 * @example
 * ```ts
 * const app = kernel.init.fork();
 * unshare(app, "user", "mnt");
 * const bpffs = delegateBpffs(app, kernel.init, { cmds: ["map_create", "prog_load"] });
 * ```
 */
export function delegateBpffs(
  container: Task,
  delegator: Task,
  delegation: Delegation | DelegationOptions,
): OwnedFd<"dir"> {
  const options = delegationOptions(delegation);
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
