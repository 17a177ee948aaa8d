// SPDX-License-Identifier: MIT
import { type Kernel, releaseOf, type Task } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { formatReference, type Reference } from "../language/reference.js";
import type { Memory } from "./memory.js";

/** The result of a step. */
export interface Answer {
  /** The return value. */
  readonly value: number;
  /** The memory of its pointer arguments, after the call. */
  readonly memory: ReadonlyMap<string, Memory>;
}

/** Why there is no answer: the kernel refused the call, or its answer is unknown. */
export type Missing = "failed" | "unknown";

/** A step cannot run, because it needs an answer that an earlier step did not produce. */
export class Blocked extends Error {
  override readonly name = "Blocked" as const;
  readonly because: Missing;

  constructor(message: string, because: Missing) {
    super(message);
    this.because = because;
  }
}

/** The kernel, the tasks and the previous answers of one run. */
export class Env {
  readonly kernel: Kernel;
  /** The modelled release that fits the kernel. */
  readonly release: KernelRelease;
  readonly #tasks = new Map<string, Task>();
  readonly #answers = new Map<string, Answer>();
  readonly #missing = new Map<string, { readonly step: number; readonly because: Missing }>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.release = releaseOf(kernel);
  }

  /** Returns a task by its name in the scenario. */
  task(name: string): Task {
    const task = this.#tasks.get(name);
    if (task === undefined) throw this.#blocked(`task ${name}`, name);
    if (task.closed) throw new Blocked(`task ${name} has exited`, "failed");
    return task;
  }

  /** Returns a task even if it has exited, for `wait` and its pid. */
  anyTask(name: string): Task {
    const task = this.#tasks.get(name);
    if (task === undefined) throw this.#blocked(`task ${name}`, name);
    return task;
  }

  addTask(name: string, task: Task): void {
    this.#tasks.set(name, task);
  }

  /** Every task that the run created, youngest first. */
  tasks(): readonly Task[] {
    return [...this.#tasks.values()].reverse();
  }

  keep(name: string, answer: Answer): void {
    this.#answers.set(name, answer);
  }

  /** Records that a step produced no answer; `step` counts from 0. */
  miss(name: string, step: number, because: Missing): void {
    this.#missing.set(name, { step, because });
  }

  /** Returns the value of a reference. */
  valueOf(reference: Reference): number | bigint {
    const { name, part, word, field } = reference;
    const answer = this.#answers.get(name);
    const written = formatReference(reference);
    if (answer === undefined) {
      if (part === "pid") return this.anyTask(name).pid;
      throw this.#blocked(written, name);
    }
    if (part === undefined) return answer.value;
    const memory = answer.memory.get(part);
    if (memory === undefined)
      throw new Blocked(`needs ${written}, but the call had no such memory`, "failed");
    const value = word === undefined ? fieldOf(memory, field ?? "") : wordOf(memory, word);
    if (value === undefined) throw new Blocked(`needs ${written}, which does not exist`, "failed");
    return value;
  }

  #blocked(what: string, name: string): Blocked {
    const missing = this.#missing.get(name);
    const from = missing === undefined ? "" : `, which step ${missing.step + 1} did not produce`;
    return new Blocked(`needs ${what}${from}`, missing?.because ?? "failed");
  }
}

function wordOf({ bytes }: Memory, word: number): number | undefined {
  if (word * 4 + 4 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(word * 4, true);
}

function fieldOf({ bytes, layout }: Memory, name: string): number | bigint | undefined {
  const value = layout?.decode(bytes)[name];
  return typeof value === "number" || typeof value === "bigint" ? value : undefined;
}
