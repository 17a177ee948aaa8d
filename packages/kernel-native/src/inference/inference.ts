// SPDX-License-Identifier: MIT
import { type FlatCall, type Kernel, raw, setCapabilities, type Task } from "@bpf-token/syscall";
import { type KernelRelease, PR } from "@bpf-token/uapi";
import { type Operation, type RecordedCall, Recorder } from "./recorder.js";
import { type Explanation, Replay } from "./replay.js";

/** What a model must know of a real kernel to stand in for it; `createKernel()` takes it as it is. */
export interface ModelConfig {
  /** The release with whose facts the kernel agrees. */
  readonly release: KernelRelease;
  /** `kernel.unprivileged_bpf_disabled`. */
  readonly unprivilegedBpfDisabled: 0 | 1 | 2;
  /** Whether the kernel has type information of its own. */
  readonly vmlinuxBtf: boolean;
  /** What the first task may: some machines withhold capabilities from their root. */
  readonly capabilities: bigint;
}

/** Makes a model that is like a real kernel. */
export type ModelFactory = (config: ModelConfig) => Kernel;

/**
 * Concludes why a real kernel refused: what its tasks did is recorded, and done again on a model
 * when somebody asks.
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
   * @param readConfig - looks at the kernel, whenever a new past begins.
   */
  constructor(first: number, readConfig: () => ModelConfig, createModel: ModelFactory) {
    this.record = new Recorder(first);
    this.#first = first;
    this.#readConfig = readConfig;
    this.#createModel = createModel;
  }

  /** Copies a call that is about to be made. */
  copyCall(call: FlatCall): RecordedCall | undefined {
    this.#begin();
    return this.record.copyCall(call);
  }

  /** Notes an operation that is no system call. */
  recordOperation(operation: Operation): void {
    this.#begin();
    this.record.recordOperation(operation);
  }

  /** Says that something happened which is not kept, see {@link Recorder.recordGap}. */
  recordGap(why: string, forGood = false): void {
    this.#begin();
    this.record.recordGap(why, forGood);
  }

  /** Why the last call of a task was refused; empty if it was not. */
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

  /** Ends the model. */
  close(): void {
    this.#model?.close();
    this.#model = undefined;
    this.#replay = undefined;
    this.#explanation.clear();
  }

  /** Before each operation: the recording may start again, and the kernel may have changed since. */
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

  /** Only the last operation of a task can be asked about. */
  #isLast(operation: Operation, index: number): boolean {
    const tasks = operation.op === "sendFd" ? [operation.pid, operation.to] : [operation.pid];
    return tasks.some((pid) => this.record.last.get(pid)?.index === index);
  }

  #start(): Replay {
    if (this.#replay !== undefined) return this.#replay;
    const config = this.#config ?? this.record.withoutRecording(this.#readConfig);
    const model = this.#createModel(config);
    this.#model = model;
    dropOtherCapabilities(model.init, config.capabilities);
    this.#replay = new Replay(model, config.release, this.#first);
    return this.#replay;
  }
}

/** Leaves a task with no more than these capabilities, in its bounding set as well. */
function dropOtherCapabilities(task: Task, capabilities: bigint): void {
  for (let cap = 0; raw.prctl(task, PR.CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
    if (((capabilities >> BigInt(cap)) & 1n) !== 0n) continue;
    raw.prctl(task, PR.CAPBSET_DROP, cap, 0, 0, 0);
  }
  setCapabilities(task, { effective: capabilities, permitted: capabilities, inheritable: 0n });
}
