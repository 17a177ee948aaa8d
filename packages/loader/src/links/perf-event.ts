// SPDX-License-Identifier: MIT
import { OwnedFd, raw, type Task } from "@bpf-token/syscall";
import {
  PERF_COUNT_SW,
  PERF_FLAG,
  PERF_TYPE,
  type PerfEventAttr,
  structLayout,
} from "@bpf-token/uapi";

/** The process and CPU of a perf event. See {@link openPerfEvent}. */
export interface PerfEventOptions {
  /** A process or thread; 0 is the task itself, -1 means all. Default 0. */
  readonly pid?: number;
  /** A CPU, -1 for all. Default -1. If `pid` is -1, the kernel requires one CPU. */
  readonly cpu?: number;
}

/**
 * Opens a perf event for programs of `SEC("perf_event")` with perf_event_open(2).
 *
 * @param attr - fields as in {@link PerfEventAttr}. Without `type` the event is the CPU clock, and
 *   `sample_period` is in nanoseconds.
 * @throws BpfError if the kernel refuses: EACCES if `kernel.perf_event_paranoid` requires
 *   CAP_PERFMON, ENOENT for an unknown event. NotModelledError on the model.
 * @example
 * ```ts
 * attach(program, { perfEvent: openPerfEvent(task, { sample_freq: 99, freq: 1 }) });
 * ```
 */
export function openPerfEvent(
  task: Task,
  attr: Partial<PerfEventAttr>,
  { pid = 0, cpu = -1 }: PerfEventOptions = {},
): OwnedFd<"file"> {
  const ret = perfEventOpen(task, attr, pid, cpu);
  return OwnedFd.adopt(task, ret, "file", { syscall: "perf_event_open" });
}

/** Calls perf_event_open(2). Returns a close-on-exec file descriptor, or `-errno`. */
export function perfEventOpen(
  task: Task,
  attr: Partial<PerfEventAttr>,
  pid: number,
  cpu: number,
): number {
  const layout = structLayout("perf_event_attr");
  const clock = { type: PERF_TYPE.SOFTWARE, config: PERF_COUNT_SW.CPU_CLOCK };
  const event = layout.encode({ ...clock, size: layout.size, ...attr });
  return raw.perf_event_open(task, event, pid, cpu, -1, PERF_FLAG.FD_CLOEXEC);
}
