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
import type { CurrentTask } from "./current-task.js";

/** The running kernel as the process sees that this runs in. Its only task is that process. */
export class ProcessKernel implements Kernel {
  readonly backend: string = "process";
  readonly release: string = release();
  readonly features: KernelFeatures = { refusals: false, sysctl: false, lsm: false, faults: false };
  readonly closed: boolean = false;
  /** This process; whether it is root of anything is its own affair. */
  readonly init: CurrentTask;

  /** @internal See `currentTask()`. */
  constructor(task: CurrentTask) {
    this.init = task;
  }

  openFds(): readonly FdInfo[] {
    throw new NotModelledError(this.backend, "openFds");
  }

  /** Does nothing: the kernel does its work when it likes. */
  settle(): void {}

  readSysctl(name: SysctlName): number {
    return Number(readFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, "utf8"));
  }

  /** @throws NotModelledError always: sysctls of a real kernel are not changed. */
  writeSysctl(task: Task, name: SysctlName): number {
    throw new NotModelledError(this.backend, `writing ${name} by process ${task.pid}`);
  }

  /** Does nothing, as with the task. */
  close(): void {}

  [Symbol.dispose](): void {}
}
