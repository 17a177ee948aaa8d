// SPDX-License-Identifier: MIT
// Makes the calls of a state on the model, and returns what the model decided.
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  BpfError,
  capabilityMask,
  createSuperblock,
  type DecisionStep,
  fsmount,
  fsopen,
  getCapabilities,
  type Kernel,
  OwnedFd,
  openRoot,
  raw,
  setCapabilities,
  setOption,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { errnoName, MapType, O } from "@bpf-token/uapi";
import { axisNames, type TryState } from "../state/try-state.js";
import { type MapObjects, makeCall, mapObjects } from "./call.js";
import type { Stage } from "./checks.js";

/** The result of one stage: the calls up to the BPF filesystem, BPF_TOKEN_CREATE, or the action. */
export interface StageResult {
  readonly stage: Stage;
  /** The call that decided: `bpf(BPF_MAP_CREATE)`. */
  readonly call: string;
  /** The name of the errno; undefined for success. */
  readonly errno?: string;
  /** What the kernel recorded: silent decisions, and the refusal as the last one. */
  readonly decisions: readonly DecisionStep[];
}

const STAGE_CALLS: Readonly<Record<Stage, string>> = {
  mount: "fsopen, fsconfig, fsmount",
  token: "bpf(BPF_TOKEN_CREATE)",
  map: "bpf(BPF_MAP_CREATE)",
  prog: "bpf(BPF_PROG_LOAD)",
  btf: "bpf(BPF_BTF_LOAD)",
};

/**
 * Makes the calls of a state on a fresh model, up to the first one that is refused.
 *
 * @example
 * ```ts
 * askModel(defaultState).at(-1)?.errno; // "EPERM"
 * ```
 */
export function askModel(state: TryState): readonly StageResult[] {
  const kernel = createKernel({
    release: state.release,
    unprivilegedBpfDisabled: Number(state.sysctl) as 0 | 1 | 2,
  });
  try {
    return new Run(kernel, state).stages();
  } finally {
    kernel.close();
  }
}

/** The tasks of a state, and the calls that they make. */
class Run {
  readonly #kernel: Kernel;
  readonly #state: TryState;
  readonly #results: StageResult[] = [];
  /** A task with all capabilities in the container. */
  readonly #container: Task;
  /** The program. */
  readonly #program: Task;
  readonly #objects: MapObjects;

  constructor(kernel: Kernel, state: TryState) {
    this.#kernel = kernel;
    this.#state = state;
    const container = kernel.init.fork();
    unshare(
      container,
      ...(state.place === "nomnt" ? (["user"] as const) : (["user", "mnt"] as const)),
    );
    writeIdMaps(container);
    this.#container = container;
    this.#program = state.place === "host" ? kernel.init.fork() : container.fork();
    if (state.place === "nested") {
      unshare(this.#program, "user", "mnt");
      writeIdMaps(this.#program);
    }
    // Before the LSM refuses.
    this.#objects = mapObjects(kernel.init, this.#program, MapType[state.map]);
  }

  stages(): readonly StageResult[] {
    const { token, action } = this.#state;
    if (!token && action !== "token") {
      this.#restrict();
      this.#act(undefined);
      return this.#results;
    }
    const bpffs = this.#steps("mount", () => this.#mount());
    if (bpffs === undefined) return this.#results;
    this.#restrict();
    const made = this.#create(bpffs);
    if (made !== undefined && action !== "token") this.#act(made);
    return this.#results;
  }

  /** Gives the program its capabilities, and sets the answer of the LSM. */
  #restrict(): void {
    const sets = getCapabilities(this.#program);
    setCapabilities(this.#program, { ...sets, effective: capabilityMask(this.#state.caps) });
    if (this.#state.lsm !== "none") this.#kernel.lsm?.answer(this.#state.lsm, "EPERM");
  }

  /** Mounts the BPF filesystem; returns the file descriptor for BPF_TOKEN_CREATE, in the program. */
  #mount(): number {
    const { owner, delegator, masks } = this.#state;
    const host = this.#kernel.init;
    const opener = owner === "host" ? host : this.#container;
    const setter = delegator === "host" ? host : this.#container;
    const context = fsopen(opener);
    const seen = setter === opener ? context : context.sendTo(setter);
    for (const axis of axisNames) {
      if (masks[axis] !== "") setOption(setter, seen, `delegate_${axis}`, masks[axis]);
    }
    createSuperblock(setter, seen);
    const mount = fsmount(opener, context);
    const root = openRoot(opener, mount);
    return this.#descriptor(opener, root).sendTo(this.#program).release();
  }

  /** Opens what the program passes to BPF_TOKEN_CREATE. */
  #descriptor(task: Task, root: OwnedFd): OwnedFd {
    const { fd } = this.#state;
    if (fd === "root") return root;
    if (fd === "below") raw.mkdirat(task, root.fd, "below", 0o700);
    const flags = O.DIRECTORY | (fd === "path" ? O.PATH : O.RDONLY);
    const name = { path: ".", below: "below", other: "/" }[fd];
    const ret = raw.openat(task, root.fd, name, flags, 0);
    return OwnedFd.adopt(task, ret, "dir", { syscall: "openat", cmd: name });
  }

  #create(bpffs: number): number | undefined {
    const helper = this.#state.creator === "helper" && this.#state.place !== "host";
    const creator = helper ? this.#container : this.#program;
    const fd = helper ? this.#program.sendFd(bpffs, creator) : bpffs;
    const made = this.#call("token", creator, () =>
      makeCall(creator, "token", this.#state, fd, {}),
    );
    return made !== undefined && helper ? creator.sendFd(made, this.#program) : made;
  }

  #act(token: number | undefined): void {
    const { action } = this.#state;
    const program = this.#program;
    this.#call(action, program, () => makeCall(program, action, this.#state, token, this.#objects));
  }

  /** Makes one bpf() call and records its result. */
  #call(stage: Stage, task: Task, make: () => number): number | undefined {
    const ret = make();
    const decisions = task.decisions();
    const call = STAGE_CALLS[stage];
    const failed = ret < 0 ? { errno: errnoName(ret) ?? `E${-ret}` } : {};
    this.#results.push({ stage, call, decisions, ...failed });
    return ret < 0 ? undefined : ret;
  }

  /** Runs calls that throw, and records the refused one. */
  #steps<Value>(stage: Stage, make: () => Value): Value | undefined {
    try {
      const value = make();
      this.#results.push({ stage, call: STAGE_CALLS[stage], decisions: [] });
      return value;
    } catch (error) {
      if (!BpfError.is(error)) throw error;
      const { syscall, cmd, code, refusal } = error;
      const call = cmd === undefined ? syscall : `${syscall}(${cmd})`;
      this.#results.push({ stage, call, errno: code, decisions: refusal?.chain ?? [] });
      return undefined;
    }
  }
}
