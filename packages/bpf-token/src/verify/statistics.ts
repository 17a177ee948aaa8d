// SPDX-License-Identifier: MIT
import type { BpfTask, CapabilityAsked } from "@bpf-token/kernel-bpf";
import type { Task } from "@bpf-token/syscall";
import type { Mem, SyscallArg } from "@bpf-token/uapi";

/** What the verifier counted, from the last line of its log. */
export interface Statistics {
  /** The instructions that it processed, each once per path. */
  readonly instructions: number;
  /** The states that it kept. */
  readonly states: number;
}

const NR_BPF = 321;
const PROG_LOAD = 5;
const NR_CLOSE = 3;
/** Offsets in the attr of BPF_PROG_LOAD. */
const LOG = { level: 24, size: 28, buffer: 32, end: 40 };
const SIZE = { statistics: 1 << 16, whole: 1 << 24 };
const text = /* @__PURE__ */ new TextDecoder();

/** Parses `processed 13 insns (limit 1000000) … total_states 2 …`. */
export function statisticsOf(log: string): Statistics | undefined {
  const [, insns, states] =
    /processed (\d+) insns(?:(?!processed ).)*total_states (\d+)/.exec(log) ?? [];
  return insns === undefined ? undefined : { instructions: Number(insns), states: Number(states) };
}

/** A task, and what the kernel recorded about the last program. */
export interface LoggedTask {
  readonly task: Task;
  /** The verifier's log; empty if no program was loaded. */
  log(): string;
  /** The capabilities that the kernel checked in the last BPF_PROG_LOAD. */
  asked(): readonly CapabilityAsked[];
}

/**
 * Wraps a task. After each program that the kernel accepts, it loads the program once more with a log,
 * because loaders ask for a log only after a refusal.
 *
 * @param whole - whether the log has the instructions of all paths, for a refused program too, or only
 *   the statistics.
 */
export function withLog(task: BpfTask, whole: boolean): LoggedTask {
  let log = "";
  let asked: readonly CapabilityAsked[] = [];
  const syscall = (nr: number, ...args: readonly SyscallArg[]): number => {
    const ret = task.syscall(nr, ...args);
    if (nr !== NR_BPF || args[0] !== PROG_LOAD) return ret;
    asked = task.capabilitiesAsked();
    if (ret >= 0 || whole) log = loadAgain(task, args, whole);
    return ret;
  };
  const wrapped = new Proxy(task, {
    get: (target, key) => {
      if (key === "syscall") return syscall;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { task: wrapped, log: () => log, asked: () => asked };
}

function loadAgain(task: Task, args: readonly SyscallArg[], whole: boolean): string {
  const attr = args[1] as Uint8Array | Mem;
  const given: Mem = attr instanceof Uint8Array ? { bytes: attr } : attr;
  if (given.bytes.length < LOG.end) return "";
  const bytes = given.bytes.slice();
  const view = new DataView(bytes.buffer);
  const buffer = new Uint8Array(whole ? SIZE.whole : SIZE.statistics);
  // BPF_LOG_LEVEL2 and BPF_LOG_STATS. The verifier empties a log of level 1 when it accepts.
  view.setUint32(LOG.level, whole ? 6 : 4, true);
  view.setUint32(LOG.size, buffer.length, true);
  const others = (given.pointers ?? []).filter(({ offset }) => offset !== LOG.buffer);
  const pointers = [...others, { offset: LOG.buffer, to: { bytes: buffer } }];
  const ret = task.syscall(NR_BPF, PROG_LOAD, { bytes, pointers }, bytes.length);
  if (ret >= 0) task.syscall(NR_CLOSE, ret);
  const end = buffer.indexOf(0);
  return text.decode(end < 0 ? buffer : buffer.subarray(0, end));
}
