// SPDX-License-Identifier: MIT
import {
  BpfError,
  type Kernel,
  type Refusal,
  type ReplayDivergence,
  type ReplayStep,
  type Task,
  type Unexplained,
} from "@bpf-token/syscall";
import { errnoName, type KernelRelease, syscallByName } from "@bpf-token/uapi";
import { type ModelTask, NumberMap } from "./number-map.js";
import { closedFd, enumeratesIds, nameOf, onlyReads, operationReturnsFd } from "./operations.js";
import type { Operation } from "./recorder.js";
import { fdFor, MissingFd, translate } from "./translate.js";

/** Why a call was refused, or why that is unknown. */
export interface Explanation {
  readonly refusal?: Refusal;
  readonly unexplained?: Unexplained;
}

/** The result of an operation on the model: its return value, or why there is none. */
type ReplayResult =
  | { readonly ret: number; readonly child?: Task }
  | { readonly failure: string; readonly cause: ReplayStep | undefined };

/**
 * Replays on a model what was done on a real kernel, in order, and compares the answers. Where they
 * differ, the replay keeps the model in step with the kernel if it can: it closes what only the model
 * has created, and skips calls on what only the kernel has. If it cannot, model and kernel have
 * diverged, and it infers nothing any more.
 */
export class Replay {
  readonly #model: Kernel;
  readonly #numbers: NumberMap;
  #next = 0;
  /** The first answer that differed. */
  #first: ReplayStep | undefined;
  /** The first difference that the replay could not compensate. */
  #divergence: ReplayStep | undefined;
  /** By task and fd: the difference that left the model without the fd. */
  readonly #missing = new Map<string, ReplayStep>();

  /**
   * @param first - pid of the real first task; the model's first task corresponds to it.
   */
  constructor(model: Kernel, release: KernelRelease, first: number) {
    this.#model = model;
    this.#numbers = new NumberMap(model, release);
    this.#numbers.tasks.set(first, { task: model.init, fds: new Map() });
  }

  /** How many operations were replayed. */
  get next(): number {
    return this.#next;
  }

  /**
   * Replays the next operation.
   *
   * @param wanted - whether the caller may ask for its explanation.
   * @returns the explanation, if the operation was refused.
   */
  replayNext(operation: Operation, wanted: boolean): Explanation {
    const index = this.#next++;
    const result = this.#attempt(operation);
    const step = stepOf(operation, index, result);
    this.#settle(operation, result, step);
    return wanted && operation.ret < 0 ? this.#explain(operation, result, step) : {};
  }

  #attempt(operation: Operation): ReplayResult {
    if (operation.op === "settle") {
      this.#model.settle();
      return { ret: 0 };
    }
    if (operation.op === "answer") {
      this.#model.lsm?.answer(operation.hook, operation.answer);
      return { ret: 0 };
    }
    const modelTask = this.#numbers.tasks.get(operation.pid);
    if (modelTask === undefined)
      return { failure: "the model has no such task", cause: this.#first };
    try {
      return this.#perform(operation, modelTask);
    } catch (error) {
      if (BpfError.is(error)) return { ret: -error.errno };
      if (error instanceof MissingFd) {
        const cause = this.#missing.get(`${operation.pid} ${error.fd}`) ?? this.#first;
        return { failure: `the model has no fd ${error.fd}`, cause };
      }
      // An unmodelled call or a crash of the model is not an answer.
      return { failure: error instanceof Error ? error.message : String(error), cause: undefined };
    }
  }

  #perform(operation: Operation, modelTask: ModelTask): ReplayResult {
    const { task } = modelTask;
    const other = (pid: number): Task => this.#modelTask(pid).task;
    switch (operation.op) {
      case "syscall": {
        const args = translate(operation.call, modelTask, this.#numbers);
        return { ret: task.syscall(operation.call.entry.nr, ...args) };
      }
      case "fork": {
        const child = task.fork();
        return { ret: child.pid, child };
      }
      case "exec":
        return { ret: this.#exec(modelTask) };
      case "exit":
        task.exit(operation.status);
        return { ret: 0 };
      case "wait":
        return { ret: task.wait(other(operation.child)) };
      case "sendFd":
        return { ret: task.sendFd(Number(fdFor(modelTask, operation.fd)), other(operation.to)) };
      case "openNamespace":
        return { ret: task.openNamespace(operation.kind, other(operation.of)) };
      case "writeSysctl":
        return { ret: this.#model.writeSysctl(task, operation.name, operation.value) };
      default:
        task.close();
        return { ret: 0 };
    }
  }

  #modelTask(pid: number): ModelTask {
    const modelTask = this.#numbers.tasks.get(pid);
    if (modelTask === undefined) throw new Error(`the model has no task ${pid}`);
    return modelTask;
  }

  /** Removes the mappings of all fds that exec closes. */
  #exec(modelTask: ModelTask): number {
    const ret = modelTask.task.exec();
    const open = new Set(this.#model.openFds(modelTask.task).map(({ fd }) => fd));
    for (const [real, model] of modelTask.fds) {
      if (model !== undefined && !open.has(model)) modelTask.fds.delete(real);
    }
    return ret;
  }

  /** Learns from operations that succeeded on both, and compensates those that succeeded on one. */
  #settle(operation: Operation, result: ReplayResult, step: ReplayStep): void {
    if ("failure" in result) {
      if (operation.ret >= 0) this.#lack(operation, step, result.cause);
      return;
    }
    const { ret, child } = result;
    if (!agree(operation, ret) && !enumeratesIds(operation)) this.#first ??= step;
    if (operation.ret >= 0 && ret >= 0) this.#both(operation, ret, child);
    else if (operation.ret >= 0) this.#lack(operation, step, this.#divergence);
    else if (ret >= 0) this.#giveBack(operation, ret, child, step);
  }

  #both(operation: Operation, ret: number, child: Task | undefined): void {
    const { tasks } = this.#numbers;
    const modelTask = this.#modelTask(operation.pid);
    if (child !== undefined) tasks.set(operation.ret, { task: child, fds: new Map(modelTask.fds) });
    else if (operation.op === "sendFd")
      this.#numbers.bind(this.#modelTask(operation.to), operation.ret, ret);
    else if (operationReturnsFd(operation)) this.#numbers.bind(modelTask, operation.ret, ret);
    if (operation.op === "syscall") this.#numbers.learn(operation.call, modelTask);
    const closed = closedFd(operation);
    if (closed !== undefined) modelTask.fds.delete(closed);
  }

  /**
   * The operation succeeded only on the real kernel. A missing fd affects only calls that use it.
   */
  #lack(operation: Operation, step: ReplayStep, cause: ReplayStep | undefined): void {
    const receiver = operation.op === "sendFd" ? operation.to : operation.pid;
    const modelTask = this.#numbers.tasks.get(receiver);
    const closed = closedFd(operation);
    if (modelTask !== undefined && closed !== undefined) {
      modelTask.fds.delete(closed);
    } else if (modelTask !== undefined && operationReturnsFd(operation)) {
      modelTask.fds.set(operation.ret, undefined);
      this.#missing.set(`${receiver} ${operation.ret}`, cause ?? step);
      if (cause === undefined) this.#first ??= step;
    } else if (cause === undefined) {
      if (!enumeratesIds(operation)) this.#first ??= step;
      if (!onlyReads(operation)) this.#divergence ??= step;
    }
  }

  /** The operation succeeded only on the model, so it is undone there. */
  #giveBack(operation: Operation, ret: number, child: Task | undefined, step: ReplayStep): void {
    const { task } = this.#modelTask(operation.op === "sendFd" ? operation.to : operation.pid);
    if (child !== undefined) child.close();
    else if (operationReturnsFd(operation)) task.syscall(syscallByName.close.nr, ret);
    else if (!onlyReads(operation)) this.#divergence ??= step;
  }

  #explain(operation: Operation, result: ReplayResult, at: ReplayStep): Explanation {
    if ("failure" in result) {
      if (result.cause === undefined) return { unexplained: { reason: `${result.failure}` } };
      return differ(result.failure, { at, first: result.cause });
    }
    if (this.#divergence !== undefined && this.#divergence !== at) {
      return differ("the model and the kernel are in different states", {
        at,
        first: this.#divergence,
      });
    }
    if (result.ret !== operation.ret) {
      const says = `${this.#title} answers ${at.model}${result.ret < 0 ? "" : " and does not refuse"}`;
      return differ(says, { at, first: this.#first ?? at });
    }
    const task = this.#modelTask(operation.pid).task;
    const refusal = task.refusal();
    if (refusal === undefined) {
      return { unexplained: { reason: `${this.#title} answers the same and names no check` } };
    }
    return { refusal: { ...refusal, certainty: "inferred" } };
  }

  get #title(): string {
    return `the ${this.#model.backend} of Linux ${this.#model.release}`;
  }
}

function differ(says: string, divergence: ReplayDivergence): Explanation {
  const { at, first } = divergence;
  const where = `in call ${first.index + 1}, ${first.call}: the kernel answered ${first.real}, the model ${first.model}`;
  const before = first.index === at.index ? "" : `; they first differed ${where}`;
  return { unexplained: { reason: `${says}: a divergence${before}`, divergence } };
}

/** Calls whose return value may differ between kernels, for example the length of a procfs file. */
const ownNumbers: ReadonlySet<string> = new Set([
  ...["fcntl", "getpid", "ioctl", "lseek", "mmap", "read", "write"],
]);

/** Whether two return values are the same, apart from numbers that each kernel assigns. */
function agree(operation: Operation, ret: number): boolean {
  if (operation.ret < 0 || ret < 0) return operation.ret === ret;
  if (operationReturnsFd(operation) || operation.op === "fork") return true;
  if (operation.op !== "syscall") return operation.ret === ret;
  return ownNumbers.has(operation.call.entry.name) || operation.ret === ret;
}

function stepOf(operation: Operation, index: number, result: ReplayResult): ReplayStep {
  return {
    index,
    call: `${nameOf(operation)} by task ${operation.pid}`,
    real: answerText(operation.ret),
    model: "failure" in result ? "nothing" : answerText(result.ret),
  };
}

function answerText(ret: number): string {
  return ret < 0 ? (errnoName(ret) ?? `E${-ret}`) : `${ret}`;
}
