// SPDX-License-Identifier: MIT
import { type Kernel, releaseOf, type Task } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { formatReference, type Reference } from "../language/reference.js";
import type { Memory } from "./memory.js";

/** What a step gave. */
export interface Answer {
  /** The number. */
  readonly value: number;
  /** The memory that its pointers pointed at, after the call. */
  readonly memory: ReadonlyMap<string, Memory>;
}

/** Why there is no answer: the kernel refused, or nobody can tell what it would have answered. */
export type Missing = "failed" | "unknown";

/** A step cannot be run: it needs what an earlier one did not give. */
export class Blocked extends Error {
  override readonly name = "Blocked" as const;
  readonly because: Missing;

  constructor(message: string, because: Missing) {
    super(message);
    this.because = because;
  }
}

/** The kernel, the tasks and the answers so far of one run. */
export class Env {
  readonly kernel: Kernel;
  /** The facts that fit the kernel. */
  readonly release: KernelRelease;
  readonly #tasks = new Map<string, Task>();
  readonly #answers = new Map<string, Answer>();
  readonly #missing = new Map<string, { readonly step: number; readonly because: Missing }>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.release = releaseOf(kernel);
  }

  /** A task by its name in the scenario. */
  task(name: string): Task {
    const task = this.#tasks.get(name);
    if (task === undefined) throw this.#blocked(`task ${name}`, name);
    if (task.closed) throw new Blocked(`task ${name} has exited`, "failed");
    return task;
  }

  /** Also a task that has exited: to wait for it, or for its pid. */
  anyTask(name: string): Task {
    const task = this.#tasks.get(name);
    if (task === undefined) throw this.#blocked(`task ${name}`, name);
    return task;
  }

  addTask(name: string, task: Task): void {
    this.#tasks.set(name, task);
  }

  /** Every task that the run made, youngest first. */
  tasks(): readonly Task[] {
    return [...this.#tasks.values()].reverse();
  }

  keep(name: string, answer: Answer): void {
    this.#answers.set(name, answer);
  }

  /** Notes that a step did not give what others may want; `step` counts from 0. */
  miss(name: string, step: number, because: Missing): void {
    this.#missing.set(name, { step, because });
  }

  /** The number that a reference stands for. */
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
    if (memory === undefined) throw new Blocked(`needs ${written}, no memory was given`, "failed");
    const value = word === undefined ? fieldOf(memory, field ?? "") : wordOf(memory, word);
    if (value === undefined) throw new Blocked(`needs ${written}, it is not there`, "failed");
    return value;
  }

  #blocked(what: string, name: string): Blocked {
    const missing = this.#missing.get(name);
    const from = missing === undefined ? "" : `, which step ${missing.step + 1} did not give`;
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
