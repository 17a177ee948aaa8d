// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import {
  assertOptions,
  type CallSequence,
  type FdInfo,
  getCapabilities,
  type Kernel,
  type KernelFeatures,
  KernelLostError,
  NotModelledError,
  releaseOf,
  type StepAnswer,
  type SysctlName,
  type Task,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import { type BatchAnswer, type BatchStep, runBatch } from "./batch.js";
import { Connection, type Reply, type Request } from "./connection.js";
import { NativeUnavailableError } from "./errors.js";
import { findExecutor } from "./executor-path.js";
import { readFds } from "./fds.js";
import { features } from "./features.js";
import { HelloFlag, Op } from "./generated/protocol.js";
import { Inference, type ModelConfig, type ModelFactory } from "./inference/inference.js";
import { NativeTask } from "./native-task.js";
import { executorObstacle, readHostEnvironment } from "./probe.js";
import { sendSequences } from "./sequences.js";
import { runSweep, type SweepCall, type SweepOptions } from "./sweep.js";

/** Options of {@link openNativeKernel}. */
export interface NativeOptions {
  /** An executor to use in place of the bundled one. */
  readonly executor?: string;
  /**
   * Maximum duration of a call in milliseconds. A task that takes longer is killed, and the call
   * throws KernelLostError. Default 60,000.
   */
  readonly deadlineMs?: number;
  /**
   * Creates the model that infers why a call was refused: pass `createKernel` of
   * `@bpf-token/kernel-wasm`. It is created when the caller asks for a reason, and replays all
   * recorded calls. Default none: refusals stay unexplained.
   */
  readonly model?: ModelFactory;
}

/** The cgroup limits that apply to all tasks together, including kernel memory. */
export interface NativeLimits {
  /** Whether memory is limited to 512 MiB. */
  readonly memory: boolean;
  /** Whether the number of processes is limited to 128. */
  readonly pids: boolean;
}

const DEADLINE_MS = 60_000;
const MAX_DEADLINE_MS = 3_600_000;

/**
 * Opens the running kernel. Starts an executor in its own namespaces and cgroup, with a first task
 * that is root in the initial user namespace.
 *
 * It needs root on Linux 6.9 or newer; {@link probeNative} returns what is missing.
 *
 * @throws NativeUnavailableError if this host or process cannot run it; RangeError for an invalid
 *   deadline.
 * @example
 * ```ts
 * const kernel = openNativeKernel({ deadlineMs: 5000 });
 * console.log(bpf(kernel.init.fork(), "TOKEN_CREATE", { flags: 1 })); // -22: EINVAL
 * kernel.close();
 * ```
 */
export function openNativeKernel(options: NativeOptions = {}): NativeKernel {
  assertOptions("openNativeKernel", options, ["executor", "deadlineMs", "model"]);
  const deadlineMs = checkDeadline("deadlineMs", options.deadlineMs);
  const obstacle = executorObstacle(readHostEnvironment());
  if (obstacle !== undefined) throw new NativeUnavailableError(obstacle);
  const found = findExecutor(options.executor);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  return new NativeKernel(new Connection(found.path), deadlineMs, running, options.model);
}

/** Validates a number of milliseconds. Default: 60,000. */
export function checkDeadline(name: string, ms: number = DEADLINE_MS): number {
  if (Number.isInteger(ms) && ms >= 1 && ms <= MAX_DEADLINE_MS) return ms;
  throw new RangeError(`${name} must be an integer from 1 to ${MAX_DEADLINE_MS}, not ${ms}`);
}

/** The kernel that an executor runs on. */
export interface Identity {
  readonly backend: string;
  readonly features: KernelFeatures;
}

const running: Identity = { backend: "native", features };

/**
 * The running Linux kernel. All calls run in processes of an executor, which enforces safety rules.
 * {@link openNativeKernel} opens it.
 *
 * @example
 * ```ts
 * const kernel = openNativeKernel();
 * console.log(kernel.release, kernel.limits);
 * kernel.close();
 * ```
 */
export class NativeKernel implements Kernel {
  readonly backend: string;
  readonly release: string = release();
  readonly features: KernelFeatures;
  readonly init: NativeTask;
  /** Maximum duration of a call in milliseconds. */
  readonly deadlineMs: number;
  /** The limits that are in force. A host without writable cgroups has none. */
  readonly limits: NativeLimits;
  /** @internal Infers the reasons of refusals; undefined without a model. */
  readonly inference: Inference | undefined;
  readonly #connection: Connection;
  readonly #tasks = new Map<number, NativeTask>();
  #closed = false;

  /** @internal Use {@link openNativeKernel}. */
  constructor(
    connection: Connection,
    deadlineMs: number,
    identity: Identity,
    model: ModelFactory | undefined,
  ) {
    this.backend = identity.backend;
    this.features = identity.features;
    const { flags, initPid } = connection.hello;
    this.#connection = connection;
    this.deadlineMs = deadlineMs;
    this.limits = {
      memory: (flags & HelloFlag.CGROUP_MEMORY) !== 0,
      pids: (flags & HelloFlag.CGROUP_PIDS) !== 0,
    };
    this.init = this.adopt(new NativeTask(this, initPid));
    const readConfig = (): ModelConfig => this.#readModelConfig();
    this.inference = model && new Inference(initPid, readConfig, model);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why the executor ended, if nobody asked it to. */
  get lost(): string | undefined {
    return this.#connection.lost;
  }

  /** Process id of the executor, for debugging. */
  get executorPid(): number {
    return this.#connection.executorPid;
  }

  openFds(task: Task): readonly FdInfo[] {
    if (!(task instanceof NativeTask) || task.kernel !== this) {
      throw new TypeError(`task ${task.pid} belongs to another kernel`);
    }
    return readFds(task.listFds());
  }

  /** Waits three RCU grace periods, each plus 2 ms. Deferred work is then likely to be complete. */
  settle(): void {
    this.assertRunning();
    this.ask({ op: Op.SETTLE, pid: 0 });
    this.inference?.recordOperation({ op: "settle", pid: this.init.pid, ret: 0 });
  }

  /**
   * Makes calls of one or several tasks in order, in one round trip to the executor. No call can
   * use the answer of another. Each has the deadline of a single call.
   *
   * @returns for each call the kernel's return value, or the error that a single call would have
   *   thrown.
   * @throws the errors that a single call throws before it is made; KernelLostError if the executor
   *   is gone.
   */
  batch(steps: readonly BatchStep[]): readonly BatchAnswer[] {
    this.assertRunning();
    return runBatch(this, steps);
  }

  /**
   * Makes every call in every task, many in one round trip: for tables of similar calls. For each
   * 512 calls, a task has the deadline of a single call.
   *
   * @returns by call, then by task: 0, -errno, or the error that a single call would have thrown.
   *   Positive return values are not reported.
   * @throws the errors that a single call throws before it is made; KernelLostError if a task or
   *   the executor is gone, or a task exceeded its deadline.
   */
  sweep(
    tasks: readonly Task[],
    calls: readonly SweepCall[],
    options: SweepOptions = {},
  ): readonly (readonly BatchAnswer[])[] {
    this.assertRunning();
    this.inference?.recordGap("the calls of an earlier sweep were not recorded");
    return runSweep(this, tasks, calls, options);
  }

  /**
   * Runs call sequences one after the other, in one round trip to the executor. Each sequence has
   * its own tasks, which are killed at its end. The executor works while the caller continues.
   *
   * @returns a function that waits for the answers, by sequence, then by step. Call it before any
   *   other method of this kernel. It throws KernelLostError if the executor is gone.
   * @throws RangeError for a sequence with more than 64 tasks or more memory than one call may
   *   have.
   */
  runSequences(sequences: readonly CallSequence[]): () => readonly (readonly StepAnswer[])[] {
    this.assertRunning();
    this.inference?.recordGap("the calls of earlier sequences were not recorded");
    return sendSequences(this, sequences);
  }

  /** Whether the kernel has BTF of itself. */
  get vmlinuxBtf(): boolean {
    return existsSync("/sys/kernel/btf/vmlinux");
  }

  readSysctl(name: SysctlName): number {
    return Number(readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8"));
  }

  /** @throws NotModelledError always: the safety rules forbid changes of real sysctls. */
  writeSysctl(_task: Task, name: SysctlName, value?: number): number {
    const what = value === undefined ? name : `${value} to ${name}`;
    throw new NotModelledError(this.backend, `writing ${what}`);
  }

  /** Ends every task and the executor and waits for them. The end of this process does the same. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tasks.clear();
    this.inference?.close();
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads what a model needs to know about this kernel. */
  #readModelConfig(): ModelConfig {
    return {
      release: releaseOf(this),
      unprivilegedBpfDisabled: this.readSysctl("kernel.unprivileged_bpf_disabled") as 0 | 1 | 2,
      vmlinuxBtf: this.vmlinuxBtf,
      capabilities: getCapabilities(this.init).permitted,
    };
  }

  /** @internal */
  assertRunning(): void {
    if (this.#closed) throw new UseAfterCloseError(`the ${this.backend} kernel`);
    if (this.lost !== undefined) throw new KernelLostError(this.lost);
  }

  /** @internal */
  ask(
    request: Omit<Request, "deadlineMs">,
    size?: number,
    write?: (to: Buffer, at: number) => void,
    deadlineMs: number = this.deadlineMs,
  ): Reply {
    return this.#connection.ask({ ...request, deadlineMs }, size, write);
  }

  /** @internal The two halves of {@link NativeKernel.ask}. */
  get line(): Pick<Connection, "send" | "receive"> {
    return this.#connection;
  }

  /** @internal */
  adopt(task: NativeTask): NativeTask {
    this.#tasks.set(task.pid, task);
    return task;
  }

  /** @internal */
  forget(task: NativeTask): void {
    if (this.#tasks.get(task.pid) === task) this.#tasks.delete(task.pid);
  }

  /** @internal */
  taskLost(pid: number, reason: string): KernelLostError {
    this.#tasks.get(pid)?.lose(reason);
    return new KernelLostError(reason);
  }
}
