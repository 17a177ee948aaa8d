// SPDX-License-Identifier: GPL-2.0-only
import type { Machine } from "../module/machine.js";
import { clearLog, copyLog, type RawLog } from "../refusals/refusal-log.js";
import type { TaskState, WasmTask } from "./task.js";

/**
 * State that the tasks of one kernel share: the machine, all tasks, and the caller whose decisions
 * the log of the core holds. The log is copied only when another task is about to overwrite it.
 */
export class TaskHost {
  readonly machine: Machine;
  /** The task whose last call the log of the core describes. */
  caller: WasmTask | undefined;
  #tasks: WasmTask[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Adds a new task to the list. */
  adopt(task: WasmTask): WasmTask {
    this.#tasks.push(task);
    if (this.#tasks.length % 256 === 0) {
      this.#tasks = this.#tasks.filter(({ state }) => !state.reaped);
    }
    return task;
  }

  /** Makes `task` the caller that the log of the core describes. */
  takeTurn(task: WasmTask): void {
    if (this.caller === task) return;
    this.caller?.saveLog();
    this.caller = task;
    clearLog(this.machine);
  }

  /** Saves the log before an operation overwrites it that is not a call of a task. */
  keepLog(): void {
    this.caller?.saveLog();
    this.caller = undefined;
  }

  readLog(): RawLog {
    return copyLog(this.machine);
  }

  clearLog(): void {
    clearLog(this.machine);
  }

  /** Returns the state of every task, for a snapshot. */
  states(): ReadonlyMap<WasmTask, TaskState> {
    this.keepLog();
    return new Map(this.#tasks.map((task) => [task, task.state]));
  }

  /** Restores the state of every task. */
  restore(states: ReadonlyMap<WasmTask, TaskState>): void {
    for (const task of this.#tasks) task.setState(states.get(task));
    for (const [task, state] of states) task.setState(state);
    this.#tasks = [...states.keys()];
    this.caller = undefined;
  }
}
