// SPDX-License-Identifier: GPL-2.0-only
import type { Machine } from "../module/machine.js";
import { clearLog, copyLog, type RawLog } from "../refusals/refusal-log.js";
import type { TaskState, WasmTask } from "./task.js";

/**
 * What the tasks of one kernel share: the machine, who is who, and whose call the record in the
 * core belongs to. The record is copied only when another task is about to replace it.
 */
export class TaskHost {
  readonly machine: Machine;
  /** The task whose last call the record in the core is about. */
  caller: WasmTask | undefined;
  #tasks: WasmTask[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Takes a new task into the list. */
  adopt(task: WasmTask): WasmTask {
    this.#tasks.push(task);
    if (this.#tasks.length % 256 === 0) {
      this.#tasks = this.#tasks.filter(({ state }) => !state.reaped);
    }
    return task;
  }

  /** Makes `task` the one that the record belongs to. */
  takeTurn(task: WasmTask): void {
    if (this.caller === task) return;
    this.caller?.saveLog();
    this.caller = task;
    clearLog(this.machine);
  }

  /** Saves the record before something replaces it that is no call of any task. */
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

  /** The state of every task, for a snapshot. */
  states(): ReadonlyMap<WasmTask, TaskState> {
    this.keepLog();
    return new Map(this.#tasks.map((task) => [task, task.state]));
  }

  /** Puts every task back to its state of then. */
  restore(states: ReadonlyMap<WasmTask, TaskState>): void {
    for (const task of this.#tasks) task.setState(states.get(task));
    for (const [task, state] of states) task.setState(state);
    this.#tasks = [...states.keys()];
    this.caller = undefined;
  }
}
