// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import {
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
import { HelloFlag, Op } from "./generated/protocol.js";
import { Inference, type ModelConfig, type ModelFactory } from "./inference/inference.js";
import { NativeTask } from "./native-task.js";
import { firstObstacle, readHostEnvironment } from "./probe.js";
import { sendSequences } from "./sequences.js";
import { runSweep, type SweepCall, type SweepOptions } from "./sweep.js";

/** How to open the running kernel. */
export interface NativeOptions {
  /** A program to use in place of the bundled executor. */
  readonly executor?: string;
  /**
   * Milliseconds that a call may take. A task that takes longer is killed, and the call throws
   * KernelLostError. Default 60,000.
   */
  readonly deadlineMs?: number;
  /**
   * Makes a model that says why a call was refused: `createKernel` of `@bpf-token/kernel-wasm`. It is
   * made when somebody asks for the reason, and lives through what happened so far. Default none:
   * refusals stay unexplained.
   */
  readonly model?: ModelFactory;
}

/** Limits that are in force for all tasks together, kernel memory included. */
export interface NativeLimits {
  /** 512 MiB of memory. */
  readonly memory: boolean;
  /** 128 processes. */
  readonly pids: boolean;
}

const DEADLINE_MS = 60_000;
const MAX_DEADLINE_MS = 3_600_000;

/**
 * Opens the running kernel: starts an executor, in namespaces and a cgroup of its own, and in it
 * the first task, root in the first user namespace.
 *
 * It needs root on Linux 6.9 or newer; {@link probeNative} says what is missing.
 *
 * @throws NativeUnavailableError if it cannot run here; RangeError for a deadline that is none.
 */
export function openNativeKernel(options: NativeOptions = {}): NativeKernel {
  const deadlineMs = checkDeadline("deadlineMs", options.deadlineMs);
  const obstacle = firstObstacle(readHostEnvironment());
  if (obstacle !== undefined) throw new NativeUnavailableError(obstacle);
  const found = findExecutor(options.executor);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  return new NativeKernel(new Connection(found.path), deadlineMs, running, options.model);
}

/** A number of milliseconds that was asked for, or else the usual one. */
export function checkDeadline(name: string, ms: number = DEADLINE_MS): number {
  if (Number.isInteger(ms) && ms >= 1 && ms <= MAX_DEADLINE_MS) return ms;
  throw new RangeError(`${name} is ${ms}; it must be 1 to ${MAX_DEADLINE_MS}`);
}

/** Which kernel it is that an executor runs on. */
export interface Identity {
  readonly backend: string;
  readonly features: KernelFeatures;
}

const running: Identity = {
  backend: "native",
  features: { refusals: false, sysctl: false, lsm: false, faults: false },
};

/** The running Linux kernel. Everything happens in processes of an executor; see its safety rules. */
export class NativeKernel implements Kernel {
  readonly backend: string;
  readonly release: string = release();
  readonly features: KernelFeatures;
  readonly init: NativeTask;
  /** Milliseconds that a call may take. */
  readonly deadlineMs: number;
  /** Which limits are in force; a machine without writable cgroups has none. */
  readonly limits: NativeLimits;
  /** @internal What concludes the reasons for refusals, if there is a model to do that on. */
  readonly inference: Inference | undefined;
  readonly #connection: Connection;
  readonly #tasks = new Map<number, NativeTask>();
  #closed = false;

  /** @internal See {@link openNativeKernel}. */
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

  /** Why the executor is gone, if it is gone against our will. */
  get lost(): string | undefined {
    return this.#connection.lost;
  }

  /** Process id of the executor, for people who want to look at it. */
  get executorPid(): number {
    return this.#connection.executorPid;
  }

  openFds(task: Task): readonly FdInfo[] {
    if (!(task instanceof NativeTask) || task.kernel !== this) {
      throw new TypeError(`task ${task.pid} is not one of this kernel`);
    }
    return readFds(task.listFds());
  }

  /**
   * Gives the kernel time for deferred work: three times an RCU grace period and 2 ms. A real kernel cannot be
   * told to finish it, so this is likely, not certain.
   */
  settle(): void {
    this.assertRunning();
    this.ask({ op: Op.SETTLE, pid: 0 });
    this.inference?.recordOperation({ op: "settle", pid: this.init.pid, ret: 0 });
  }

  /**
   * Makes calls in order, of one task or of several, in one trip to the executor: for steps that need
   * no answer of each other. Each has the deadline of a single call.
   *
   * @returns for each the kernel's number, or the error that the single call would have thrown.
   * @throws what a single call throws before it is made; KernelLostError if the executor is gone.
   */
  batch(steps: readonly BatchStep[]): readonly BatchAnswer[] {
    this.assertRunning();
    return runBatch(this, steps);
  }

  /**
   * Has every task make every call, many to a trip: for whole tables of calls that differ in little.
   * The share of one task has the deadline of a single call, for each 512 calls.
   *
   * @returns by call, then by task: 0 or what went wrong, as -errno or as the error that the single
   *   call would have thrown. What a call answers besides is not told.
   * @throws what a single call throws before it is made; KernelLostError if a task or the executor is
   *   gone or a share was late.
   */
  sweep(
    tasks: readonly Task[],
    calls: readonly SweepCall[],
    options: SweepOptions = {},
  ): readonly (readonly BatchAnswer[])[] {
    this.assertRunning();
    this.inference?.recordGap("calls of a sweep came before, and those are not recorded");
    return runSweep(this, tasks, calls, options);
  }

  /**
   * Runs sequences of calls one after the other, in one round trip to the executor. Each sequence has
   * tasks of its own, which are killed at its end. The executor works while the caller continues.
   *
   * @returns a function that waits for the answers, by sequence, then by step. Call it before you ask
   *   this kernel anything else; it throws KernelLostError if the executor is gone.
   * @throws RangeError for a sequence of more than 64 tasks, or with more memory than a call may have.
   */
  runSequences(sequences: readonly CallSequence[]): () => readonly (readonly StepAnswer[])[] {
    this.assertRunning();
    this.inference?.recordGap("sequences of calls ran before, and those are not recorded");
    return sendSequences(this, sequences);
  }

  /** Whether the kernel has type information of its own. */
  get vmlinuxBtf(): boolean {
    return existsSync("/sys/kernel/btf/vmlinux");
  }

  readSysctl(name: SysctlName): number {
    return Number(readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8"));
  }

  /** @throws NotModelledError always: sysctls of a real kernel are not changed. */
  writeSysctl(_task: Task, name: SysctlName, value?: number): number {
    const what = value === undefined ? name : `${value} to ${name}`;
    throw new NotModelledError(this.backend, `writing ${what}`);
  }

  /**
   * Ends every task and the executor, and waits until they and their cgroup are gone. May be called
   * again. Where it is not called, the end of this process does the same.
   */
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

  /** What a model has to know to stand in for this kernel. */
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

  /** @internal The halves of {@link NativeKernel.ask}. */
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
