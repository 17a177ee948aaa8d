// SPDX-License-Identifier: MIT
import { OwnedFd, raw, type Task } from "@bpf-token/syscall";
import {
  PERF_COUNT_SW,
  PERF_FLAG,
  PERF_TYPE,
  type PerfEventAttr,
  structLayout,
} from "@bpf-token/uapi";

/** Whose events are meant, and of which processor. */
export interface PerfEventOptions {
  /** A process, or a thread; 0 is the task itself, -1 all. Default 0. */
  readonly pid?: number;
  /** A processor, -1 for all. Default -1; events of all processes are of one processor. */
  readonly cpu?: number;
}

/**
 * Makes an event for programs of `SEC("perf_event")`: {@link PerfEventAttr} names it as the kernel does.
 * Without a `type` it is the clock of the processor, of which `sample_period` is in nanoseconds.
 *
 * `attach(program, { perfEvent: openPerfEvent(task, { sample_freq: 99, freq: 1 }) })`
 *
 * @throws BpfError if the kernel refuses: EACCES without CAP_PERFMON, as far as
 *   `kernel.perf_event_paranoid` wants it; ENOENT if there is no such event. NotModelledError on the model.
 */
export function openPerfEvent(
  task: Task,
  attr: Partial<PerfEventAttr>,
  { pid = 0, cpu = -1 }: PerfEventOptions = {},
): OwnedFd<"file"> {
  const ret = perfEventOpen(task, attr, pid, cpu);
  return OwnedFd.adopt(task, ret, "file", { syscall: "perf_event_open" });
}

/** perf_event_open(2): a descriptor that is closed on exec, or `-errno`. */
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
