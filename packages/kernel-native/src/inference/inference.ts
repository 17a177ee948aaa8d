// SPDX-License-Identifier: MIT
import { type FlatCall, type Kernel, raw, setCapabilities, type Task } from "@bpf-token/syscall";
import { type KernelRelease, PR } from "@bpf-token/uapi";
import { type Operation, type RecordedCall, Recorder } from "./recorder.js";
import { type Explanation, Replay } from "./replay.js";

/** The properties of a real kernel that a model needs. */
export interface ModelConfig {
  /** The release whose facts apply to the kernel. */
  readonly release: KernelRelease;
  /** `kernel.unprivileged_bpf_disabled`. */
  readonly unprivilegedBpfDisabled: 0 | 1 | 2;
  /** Whether the kernel has BTF of itself. */
  readonly vmlinuxBtf: boolean;
  /** Capabilities of the first task; some hosts withhold capabilities from their root. */
  readonly capabilities: bigint;
}

/** Creates a model of a real kernel from its properties. `createKernel` of `@bpf-token/kernel-wasm` is one. */
export type ModelFactory = (config: Omit<ModelConfig, "capabilities">) => Kernel;

/**
 * Infers why a real kernel refused a call: records what its tasks do, and replays it on a model
 * when the caller asks.
 */
export class Inference {
  readonly record: Recorder;
  readonly #first: number;
  readonly #readConfig: () => ModelConfig;
  readonly #createModel: ModelFactory;
  #config: ModelConfig | undefined;
  #model: Kernel | undefined;
  #replay: Replay | undefined;
  /** Explanations of refused operations, by index. */
  readonly #explanation = new Map<number, Explanation>();

  /**
   * @param first - pid of the first task.
   * @param readConfig - reads the kernel's properties; called whenever a new recording starts.
   */
  constructor(first: number, readConfig: () => ModelConfig, createModel: ModelFactory) {
    this.record = new Recorder(first);
    this.#first = first;
    this.#readConfig = readConfig;
    this.#createModel = createModel;
  }

  /** Copies a call before it is made. */
  copyCall(call: FlatCall): RecordedCall | undefined {
    this.#begin();
    return this.record.copyCall(call);
  }

  /** Records an operation that is not a system call. */
  recordOperation(operation: Operation): void {
    this.#begin();
    this.record.recordOperation(operation);
  }

  /** Records that something happened which cannot be replayed; see {@link Recorder.recordGap}. */
  recordGap(why: string, forGood = false): void {
    this.#begin();
    this.record.recordGap(why, forGood);
  }

  /** Returns why the last call of a task was refused; empty if it was not. */
  explain(pid: number): Explanation {
    const last = this.record.last.get(pid);
    if (last === undefined || last.ret >= 0) return {};
    if (last.index === undefined) return { unexplained: { reason: this.record.gap ?? "" } };
    const replay = this.#start();
    const { operations } = this.record;
    while (replay.next < operations.length) {
      const index = replay.next;
      const operation = operations[index];
      if (operation === undefined) break;
      const wanted = this.#isLast(operation, index);
      const explanation = replay.replayNext(operation, wanted);
      if (wanted) this.#explanation.set(index, explanation);
    }
    return this.#explanation.get(last.index) ?? {};
  }

  /** Closes the model. */
  close(): void {
    this.#model?.close();
    this.#model = undefined;
    this.#replay = undefined;
    this.#explanation.clear();
  }

  /**
   * Before each operation: starts a new recording if the old one is over, because the kernel's
   * properties may have changed.
   */
  #begin(): void {
    if (this.record.isPaused) return;
    const isOver = this.record.isOver && !this.record.isEmpty;
    if (isOver) {
      this.record.begin();
      this.close();
    }
    if (isOver || this.#config === undefined)
      this.#config = this.record.withoutRecording(this.#readConfig);
  }

  /** Only the last operation of a task can be explained later. */
  #isLast(operation: Operation, index: number): boolean {
    const tasks = operation.op === "sendFd" ? [operation.pid, operation.to] : [operation.pid];
    return tasks.some((pid) => this.record.last.get(pid)?.index === index);
  }

  #start(): Replay {
    if (this.#replay !== undefined) return this.#replay;
    const all = this.#config ?? this.record.withoutRecording(this.#readConfig);
    const { capabilities, ...config } = all;
    const model = this.#createModel(config);
    this.#model = model;
    dropOtherCapabilities(model.init, capabilities);
    this.#replay = new Replay(model, config.release, this.#first);
    return this.#replay;
  }
}

/** Drops all other capabilities of a task, from its bounding set too. */
function dropOtherCapabilities(task: Task, capabilities: bigint): void {
  for (let cap = 0; raw.prctl(task, PR.CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
    if (((capabilities >> BigInt(cap)) & 1n) !== 0n) continue;
    raw.prctl(task, PR.CAPBSET_DROP, cap, 0, 0, 0);
  }
  setCapabilities(task, { effective: capabilities, permitted: capabilities, inheritable: 0n });
}
