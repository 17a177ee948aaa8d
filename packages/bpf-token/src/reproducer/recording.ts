// SPDX-License-Identifier: MIT
import { run, type Scenario, type TraceEvent } from "@bpf-token/scenario";
import {
  type FlatCall,
  flatten,
  type Kernel,
  type NamespaceKind,
  type Task,
} from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";

/** One call or operation of a run, by task. Task 0 exists from the start. */
export type RecordedStep = {
  readonly by: number;
  /** The answer; undefined if there was none. */
  readonly ret: number | undefined;
  /** The call as text, and what its answer is. */
  readonly text: string;
  readonly returns: TraceEvent["returns"];
  /** The step of the scenario. */
  readonly step: number;
} & (
  | {
      readonly op: "call";
      readonly call: FlatCall;
      /** The memory before the call, by segment. `call` has the memory after it. */
      readonly before: readonly Uint8Array[];
    }
  | { readonly op: "fork" | "wait"; readonly child: number }
  | { readonly op: "exit"; readonly status: number }
  | { readonly op: "send"; readonly fd: number; readonly to: number }
  | { readonly op: "open-namespace"; readonly kind: string; readonly of: number }
  | { readonly op: "other"; readonly name: string }
);

type Operation = RecordedStep extends infer S
  ? S extends RecordedStep
    ? Omit<S, "text" | "returns" | "step">
    : never
  : never;
type Unanswered = Operation extends infer S
  ? S extends Operation
    ? Omit<S, "ret">
    : never
  : never;

/** Runs a scenario on a kernel, and records its calls with numbers and memory. */
export function recordScenario(kernel: Kernel, scenario: Scenario): readonly RecordedStep[] {
  const recorder = new Recorder(kernel);
  const trace = run(recorder.kernel, scenario);
  const made: RecordedStep[] = [];
  for (const event of trace.events) {
    if (event.outcome === "skipped" || event.outcome === "blocked") continue;
    const found = quiet.has(event.call) ? undefined : recorder.operations.shift();
    const { text, returns, step, task } = event;
    const named = { text: `${task}: ${text}`, returns, step };
    const unknown = { by: 0, ret: undefined, op: "other", name: event.call } as const;
    if (event.outcome !== "answered") {
      made.push({ ...unknown, ...found, ret: undefined, ...named } as RecordedStep);
      break;
    }
    made.push({ ...(found ?? unknown), ...named } as RecordedStep);
  }
  return made;
}

/** A kernel that passes all on, and records what its tasks do. */
class Recorder {
  readonly operations: Operation[] = [];
  readonly kernel: Kernel;
  readonly #tasks: Task[] = [];

  constructor(kernel: Kernel) {
    const init = this.#wrap(kernel.init, -1);
    this.kernel = new Proxy(kernel, {
      get: (target, name) => {
        if (name === "init") return init;
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: readonly unknown[]): unknown =>
          this.#control(target, String(name), value as Method, args);
      },
    });
  }

  /** Settling, faults and sysctls belong to no task. */
  #control(target: Kernel, name: string, method: Method, args: readonly unknown[]): unknown {
    const perform = (): unknown =>
      method.apply(
        target,
        args.map((arg) => this.#originals.get(arg as Task) ?? arg),
      );
    if (!controls.has(name)) return perform();
    return this.#make({ by: 0, op: "other", name }, perform, Number);
  }

  readonly #originals = new Map<Task, Task>();

  #wrap(task: Task, number: number): Task {
    const wrapped: Task = new Proxy(task, {
      get: (target, name) => {
        const own = Object.hasOwn(this.#methods, name) ? this.#methods[name as string] : undefined;
        if (own !== undefined) {
          return (...args: readonly unknown[]): unknown =>
            own(target, number, ...(args as never[]));
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    this.#originals.set(wrapped, task);
    if (number >= 0) this.#tasks[number] = wrapped;
    return wrapped;
  }

  #number(task: Task | undefined): number {
    return task === undefined ? -1 : this.#tasks.indexOf(task);
  }

  /** Makes a call, and records it also if it throws: then it has no answer. */
  #make<T>(operation: Unanswered, perform: () => T, ret: (made: T) => number): T {
    let made: T;
    try {
      made = perform();
    } catch (error) {
      this.operations.push({ ...operation, ret: undefined });
      throw error;
    }
    this.operations.push({ ...operation, ret: ret(made) });
    return made;
  }

  #original(task: Task): Task {
    return this.#originals.get(task) ?? task;
  }

  readonly #methods: Readonly<
    Record<string, (task: Task, by: number, ...args: never[]) => unknown>
  > = {
    syscall: (task: Task, by: number, nr: number, ...args: SyscallArg[]): number => {
      const call = flatten("reproducer", nr, args);
      const before = call.segments.map(({ bytes }) => bytes.slice());
      return this.#make({ by, op: "call", call, before }, () => task.syscall(nr, ...args), same);
    },
    fork: (task: Task, by: number): Task => {
      const child = this.#tasks.length;
      // The scenario's first task is no step.
      if (by < 0) return this.#wrap(task.fork(), child);
      const made = this.#make(
        { by, op: "fork", child },
        () => task.fork(),
        ({ pid }) => pid,
      );
      return this.#wrap(made, child);
    },
    exec: (task: Task, by: number): number =>
      this.#make({ by, op: "other", name: "exec" }, () => task.exec(), same),
    exit: (task: Task, by: number, status = 0): void =>
      this.#make(
        { by, op: "exit", status },
        () => task.exit(status),
        () => 0,
      ),
    wait: (task: Task, by: number, child: Task): number => {
      const operation = { by, op: "wait", child: this.#number(child) } as const;
      return this.#make(operation, () => task.wait(this.#original(child)), same);
    },
    sendFd: (task: Task, by: number, fd: number, to: Task): number => {
      const operation = { by, op: "send", fd, to: this.#number(to) } as const;
      return this.#make(operation, () => task.sendFd(fd, this.#original(to)), same);
    },
    openNamespace: (task: Task, by: number, kind: NamespaceKind, of?: Task): number => {
      const from = of === undefined ? by : this.#number(of);
      const operation = { by, op: "open-namespace", kind, of: from } as const;
      const open = (): number => task.openNamespace(kind, of && this.#original(of));
      return this.#make(operation, open, same);
    },
  };
}

const same = (ret: number): number => ret;

/** Operations that no method of a task makes. */
const quiet: ReadonlySet<string> = new Set(["lsm", "lsm_calls", "read_sysctl"]);

type Method = (...args: readonly unknown[]) => unknown;

/** Methods of a kernel that are steps of a scenario. */
const controls: ReadonlySet<string> = new Set(["settle", "writeSysctl", "failNth"]);
