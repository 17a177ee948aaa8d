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

/** What is delegated to a task; what is left out is not. */
export interface Delegated {
  /** Commands, as `["MAP_CREATE", "PROG_LOAD"]`, or all. */
  readonly cmds?: readonly BpfCmdName[] | "any";
  /** Types of maps. */
  readonly maps?: readonly MapTypeName[] | "any";
  /** Types of programs. */
  readonly progs?: readonly ProgTypeName[] | "any";
  /** Types of attachment; programs without one of their own have that of value 0. */
  readonly attachs?: readonly AttachTypeName[] | "any";
}

/** Where a test with a token takes place. */
export interface WithTokenOptions extends Delegated {
  /** The kernel: the model, the running one (root is needed), a guest. */
  readonly kernel: Kernel;
  /** Where the BPF FS is mounted. Default `/sys/fs/bpf`. */
  readonly path?: string;
}

/**
 * Runs a test in a task like a container's: root in a user namespace of its own, with a mount
 * namespace in which a BPF FS delegates exactly what is said. Loads of the task find its token by
 * themselves. The task ends with the test.
 *
 * @throws BpfError if the kernel refuses to prepare it, RangeError for a name that there is not, and
 *   whatever the test throws.
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

/** A task as {@link withToken} has it; the caller closes it. */
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

/** As a number: kernels without types of their own know no names. */
function optionText(kind: keyof Delegated, value: readonly string[] | "any"): string {
  if (value === "any") return value;
  if (value.length === 0) return "";
  const bits = value.map((name) => {
    const bit = Object.hasOwn(numbers[kind], name) ? numbers[kind][name] : undefined;
    if (bit === undefined) throw new RangeError(`${kind}: there is no ${name}`);
    return bit;
  });
  return `0x${BitSet.of(...bits).mask.toString(16)}`;
}
