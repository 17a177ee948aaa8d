// SPDX-License-Identifier: MIT
import {
  check,
  createSuperblock,
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
import {
  AT,
  AttachType,
  type AttachTypeName,
  BitSet,
  BpfCmd,
  type BpfCmdName,
  MapType,
  type MapTypeName,
  MOVE_MOUNT,
  ProgType,
  type ProgTypeName,
} from "@bpf-token/uapi";

/** What is delegated to the task of {@link withToken}; omitted masks delegate nothing. */
export interface Delegated {
  /** Commands, such as `["MAP_CREATE", "PROG_LOAD"]`, or all. */
  readonly cmds?: readonly BpfCmdName[] | "any";
  /** Map types. */
  readonly maps?: readonly MapTypeName[] | "any";
  /** Program types. */
  readonly progs?: readonly ProgTypeName[] | "any";
  /** Attach types; programs without one need the attach type with value 0. */
  readonly attachs?: readonly AttachTypeName[] | "any";
}

/** Options of {@link withToken}. */
export interface WithTokenOptions extends Delegated {
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
 * @throws BpfError if the kernel refuses the setup, RangeError for an unknown name, any error of
 *   the test.
 * @example
 * ```ts
 * await withToken({ kernel, cmds: "any", maps: ["ARRAY"] }, (task) => {
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
  const { kernel, path = "/sys/fs/bpf" } = options;
  const task = kernel.init.fork();
  try {
    unshare(task, "user", "mnt");
    writeIdMaps(task, {}, kernel.init);
    mountDelegated(task, kernel.init, options, path);
    return task;
  } catch (error) {
    task.close();
    throw error;
  }
}

function mountDelegated(task: Task, delegator: Task, options: Delegated, path: string): void {
  const open: OwnedFd[] = [];
  const own = <T extends OwnedFd>(fd: T): T => {
    open.push(fd);
    return fd;
  };
  try {
    const context = own(own(fsopen(task)).sendTo(delegator));
    for (const kind of ["cmds", "maps", "progs", "attachs"] as const) {
      const text = optionText(kind, options[kind] ?? []);
      if (text !== "") setOption(delegator, context, `delegate_${kind}`, text);
    }
    createSuperblock(delegator, context);
    const mount = own(own(fsmount(delegator, context)).sendTo(task));
    const flags = MOVE_MOUNT.F_EMPTY_PATH;
    const ret = raw.move_mount(task, mount.fd, "", AT.FDCWD, path, flags);
    check(task, { syscall: "move_mount", cmd: path }, ret);
  } finally {
    for (const fd of open.reverse()) fd.close();
  }
}

const numbers: Readonly<Record<keyof Delegated, Readonly<Record<string, number>>>> = {
  cmds: BpfCmd,
  maps: MapType,
  progs: ProgType,
  attachs: AttachType,
};

/** Formats a mask as a number, because kernels without BTF do not know the names. */
function optionText(kind: keyof Delegated, value: readonly string[] | "any"): string {
  if (value === "any") return value;
  if (value.length === 0) return "";
  const bits = value.map((name) => {
    const bit = Object.hasOwn(numbers[kind], name) ? numbers[kind][name] : undefined;
    if (bit === undefined) throw new RangeError(`${kind}: '${name}' is unknown`);
    return bit;
  });
  return `0x${BitSet.of(...bits).mask.toString(16)}`;
}
