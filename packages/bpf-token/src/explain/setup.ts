// SPDX-License-Identifier: MIT
import {
  BpfError,
  check,
  createSuperblock,
  createToken,
  fsmount,
  fsopen,
  getCapabilities,
  type Kernel,
  openRoot,
  type Refusal,
  raw,
  setCapabilities,
  setOption,
  type Task,
  type Unexplained,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AT, CAP_LAST_CAP, MOVE_MOUNT, MS, PR } from "@bpf-token/uapi";

/** The setup of `bpf-token exec` and `runDelegated()` for a program. */
export interface Setup {
  /** Mount options, one value each: `delegate_cmds=map_create`. */
  readonly options: readonly string[];
  /** The capabilities of the program in its user namespace, as a mask. */
  readonly capabilities: bigint;
}

/** The step of a setup that a kernel refused. */
export interface SetupFailure {
  /** The name of the step, as in `DelegateError.step`. */
  readonly step: string;
  /** The errno that the kernel returned, positive. */
  readonly errno: number;
}

/**
 * Sets up the namespaces and the BPF filesystem of a program, as `runDelegated()` does on the running
 * kernel.
 *
 * @param at - where the filesystem is mounted; the directory must exist.
 * @returns the task of the program.
 * @throws BpfError from the first step that the kernel refuses.
 * @example
 * ```ts
 * const setup = { options: ["delegate_cmds=any"], capabilities: -1n };
 * const task = openContainer(createKernel(), setup, "/sys/fs/bpf");
 * ```
 */
export function openContainer(kernel: Kernel, setup: Setup, at: string): Task {
  const task = kernel.init.fork();
  // The last step would create a token, which is the program's business.
  for (const step of setUp(kernel.init, task, setup, at)) if (step === "token") break;
  return task;
}

/** The check that refused a step, or why it is unknown. */
export type SetupReason = { readonly refusal: Refusal } | { readonly unexplained: Unexplained };

const ALL_IDS = [{ inside: 0, outside: 0, count: 0xffff_ffff }];

/** The steps of the executor's `delegate` mode; yields the name of each before it runs. */
function* setUp(
  host: Task,
  app: Task,
  { options, capabilities }: Setup,
  at?: string,
): Generator<string> {
  yield "unshare";
  unshare(app, "user", "mnt");
  yield "slave";
  check(app, { syscall: "mount" }, raw.mount(app, null, "/", null, MS.REC | MS.SLAVE, null));
  yield "fsopen";
  const own = fsopen(app);
  yield "ids";
  writeIdMaps(app, { uid: ALL_IDS, gid: ALL_IDS }, host);
  yield "option";
  const context = own.sendTo(host);
  for (const option of options) {
    const [key = "", value = ""] = option.split(/=(.*)/s, 2);
    setOption(host, context, key, value);
  }
  yield "create";
  createSuperblock(host, context);
  yield "fsmount";
  const mount = fsmount(app, own);
  const root = openRoot(app, mount);
  if (at !== undefined) {
    yield "mount";
    const ret = raw.move_mount(app, mount.fd, "", AT.FDCWD, at, MOVE_MOUNT.F_EMPTY_PATH);
    check(app, { syscall: "move_mount", cmd: at }, ret);
    for (const fd of [own, context, mount]) fd.close();
    // Root gets its capabilities back with execve(2), except those that its bounding set lacks.
    for (let cap = 0; cap <= CAP_LAST_CAP; cap++) {
      if (((capabilities >> BigInt(cap)) & 1n) === 0n)
        raw.prctl(app, PR.CAPBSET_DROP, cap, 0, 0, 0);
    }
  }
  const permitted = getCapabilities(app).permitted & capabilities;
  setCapabilities(app, { effective: permitted, permitted, inheritable: 0n });
  yield "token";
  createToken(app, root);
}

/**
 * Explains why a kernel refused a step of a setup, by running the same steps on a model.
 *
 * @param model - a fresh model with the release, sysctl and BTF of the kernel that refused.
 * @returns the refusal, or the reason why model and kernel disagree.
 * @example
 * ```ts
 * explainSetup(createKernel(), setup, { step: "token", errno: Errno.EPERM });
 * ```
 */
export function explainSetup(model: Kernel, setup: Setup, failure: SetupFailure): SetupReason {
  const title = `the model of Linux ${model.release}`;
  let step = "";
  try {
    for (step of setUp(model.init, model.init.fork(), setup));
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    const { refusal, errno, code } = error;
    if (step !== failure.step || errno !== failure.errno || refusal === undefined) {
      return unexplained(`${title} refuses the step '${step}' with ${code}`);
    }
    return { refusal: { ...refusal, certainty: "inferred" } };
  }
  return unexplained(`${title} refuses no step`);
}

function unexplained(says: string): SetupReason {
  return { unexplained: { reason: `${says}, unlike the running kernel` } };
}
