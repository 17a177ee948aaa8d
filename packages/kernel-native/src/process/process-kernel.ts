// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { release } from "node:os";
import {
  type FdInfo,
  type Kernel,
  type KernelFeatures,
  NotModelledError,
  type SysctlName,
  type Task,
} from "@bpf-token/syscall";
import { features } from "../features.js";
import type { CurrentTask } from "./current-task.js";

/**
 * The running kernel, seen from the current process, which is its only task. `currentTask().kernel`
 * returns it.
 *
 * @example
 * ```ts
 * const { kernel } = currentTask();
 * console.log(kernel.readSysctl("kernel.unprivileged_bpf_disabled"));
 * ```
 */
export class ProcessKernel implements Kernel {
  readonly backend: string = "process";
  readonly release: string = release();
  readonly features: KernelFeatures = features;
  readonly closed: boolean = false;
  /** The current process, which need not be root. */
  readonly init: CurrentTask;

  /**
   * @internal Use `currentTask()`.
   */
  constructor(task: CurrentTask) {
    this.init = task;
  }

  openFds(): readonly FdInfo[] {
    throw new NotModelledError(this.backend, "openFds");
  }

  /** Does nothing: the kernel runs deferred work by itself. */
  settle(): void {}

  readSysctl(name: SysctlName): number {
    return Number(readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8"));
  }

  /**
   * Always throws, because sysctls of a real kernel are never changed.
   *
   * @throws NotModelledError
   */
  writeSysctl(task: Task, name: SysctlName): number {
    throw new NotModelledError(this.backend, `writing ${name} by process ${task.pid}`);
  }

  /** Does nothing: the process continues. */
  close(): void {}

  [Symbol.dispose](): void {}
}
