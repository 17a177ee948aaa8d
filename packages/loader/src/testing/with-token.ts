// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import {
  check,
  createSuperblock,
  delegationOptions,
  fsmount,
  fsopen,
  type Kernel,
  type OwnedFd,
  raw,
  setOption,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AT, MOVE_MOUNT } from "@bpf-token/uapi";

/** Options of {@link withToken}. */
export interface WithTokenOptions extends Delegation {
  /** The kernel: the model, the running kernel (needs root), or a guest. */
  readonly kernel: Kernel;
  /** The mount point of the BPF filesystem. Default `/sys/fs/bpf`. */
  readonly path?: string;
}

/**
 * Runs a test in a task like a container's. The task is root in its own user namespace. Its mount
 * namespace has a BPF filesystem with exactly the given delegation, so that loads find the token.
 * The task exits after the test.
 *
 * @throws BpfError if the kernel refuses the setup, DelegationError for an unknown name, any error of
 *   the test.
 * @example
 * ```ts
 * await withToken({ kernel, cmds: "any", maps: ["array"] }, (task) => {
 *   Collection.load(task, bytes);
 * });
 * ```
 */
export async function withToken<T>(
  options: WithTokenOptions,
  test: (task: Task) => T | Promise<T>,
): Promise<T> {
  const task = container(options);
  try {
    return await test(task);
  } finally {
    task.close();
  }
}

/** Creates the task for {@link withToken}; the caller closes it. */
export function container(options: WithTokenOptions): Task {
  const { kernel, path = "/sys/fs/bpf", ...delegation } = options;
  const task = kernel.init.fork();
  try {
    unshare(task, "user", "mnt");
    writeIdMaps(task, {}, kernel.init);
    mountDelegated(task, kernel.init, delegation, path);
    return task;
  } catch (error) {
    task.close();
    throw error;
  }
}

function mountDelegated(task: Task, delegator: Task, delegation: Delegation, path: string): void {
  const delegate = delegationOptions(delegation);
  const open: OwnedFd[] = [];
  const own = <T extends OwnedFd>(fd: T): T => {
    open.push(fd);
    return fd;
  };
  try {
    const context = own(own(fsopen(task)).sendTo(delegator));
    for (const [key, value] of Object.entries(delegate)) setOption(delegator, context, key, value);
    createSuperblock(delegator, context);
    const mount = own(own(fsmount(delegator, context)).sendTo(task));
    const flags = MOVE_MOUNT.F_EMPTY_PATH;
    const ret = raw.move_mount(task, mount.fd, "", AT.FDCWD, path, flags);
    check(task, { syscall: "move_mount", cmd: path }, ret);
  } finally {
    for (const fd of open.reverse()) fd.close();
  }
}
