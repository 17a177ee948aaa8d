// SPDX-License-Identifier: MIT
import { type FlatCall, flatten, type Task } from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import type { BatchAnswer } from "./batch.js";
import { Limit, Op, placeLayout, Status, sweepLayout } from "./generated/protocol.js";
import { callSize, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { NativeTask } from "./native-task.js";

/** One call of a sweep. Its memory is input only: what the kernel writes is not copied back. */
export interface SweepCall {
  /** The system call number, as for {@link Task.syscall}. */
  readonly nr: number;
  readonly args: readonly SyscallArg[];
}

/** Options of {@link NativeKernel.sweep}. */
export interface SweepOptions {
  /** Whether the calls return file descriptors, which are closed at once. Default false. */
  readonly close?: boolean;
}

/** The place of a 32-bit word in the memory of a call. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** Calls that differ only in the words at some places. */
interface Group {
  readonly shape: string;
  readonly calls: FlatCall[];
  readonly places: Map<string, Place>;
}

const WORD = 4;
const CELL = 2;
/** Calls of one round trip. A slow guest makes them in less than a second per task. */
const TRIP_CALLS = 512;
const MAX_MS = 0xffff_ffff;

/** @internal See {@link NativeKernel.sweep}. */
export function runSweep(
  kernel: NativeKernel,
  tasks: readonly Task[],
  calls: readonly SweepCall[],
  { close = false }: SweepOptions,
): readonly (readonly BatchAnswer[])[] {
  const own = tasks.map((task) => {
    if (task instanceof NativeTask && task.kernel === kernel) return task;
    throw new TypeError(`task ${task.pid} belongs to another kernel`);
  });
  for (const task of own) task.assertRunning();
  const flat = calls.map(({ nr, args }) => flatten(kernel.backend, nr, args));
  if (own.length === 0) return flat.map(() => []);
  if (own.length > Limit.TASKS) throw new RangeError(`a sweep has at most ${Limit.TASKS} tasks`);
  return grouped(flat).flatMap((group) => makeTrip(kernel, own, group, close));
}

/** Groups consecutive calls that one request can carry. */
function grouped(calls: readonly FlatCall[]): readonly Group[] {
  const groups: Group[] = [];
  for (const call of calls) {
    const shape = shapeOf(call);
    const last = groups.at(-1);
    if (last === undefined || !joins(last, call, shape)) {
      groups.push({ shape, calls: [call], places: new Map() });
    }
  }
  return groups;
}

/** Adds a call to a group; returns false if it does not fit. */
function joins(group: Group, call: FlatCall, shape: string): boolean {
  if (group.shape !== shape || group.calls.length === TRIP_CALLS) return false;
  const more = differences(group.calls[0] as FlatCall, call);
  const all = new Map([
    ...group.places,
    ...more.map((p) => [`${p.segment} ${p.offset}`, p] as const),
  ]);
  if (all.size > Limit.SWEEP_PLACES) return false;
  for (const [name, place] of all) group.places.set(name, place);
  group.calls.push(call);
  return true;
}

/**
 * Describes a call without the contents of its memory. Segments shorter than a word count with
 * contents.
 */
function shapeOf({ entry, args, segments, fixups }: FlatCall): string {
  const sizes = segments.map(({ bytes }) =>
    bytes.length < WORD ? `${bytes.length}:${bytes.join()}` : bytes.length,
  );
  const words = [entry.nr, args, sizes, fixups];
  return JSON.stringify(words, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

/** Returns the words in which two calls of the same shape differ. */
function differences(a: FlatCall, b: FlatCall): readonly Place[] {
  const found: Place[] = [];
  for (const [segment, { bytes }] of a.segments.entries()) {
    const other = (b.segments[segment] as FlatCall["segments"][number]).bytes;
    let end = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (i < end || bytes[i] === other[i]) continue;
      // The last word ends with the segment, even if its offset is then not a multiple of four.
      const offset = Math.min(i - (i % WORD), bytes.length - WORD);
      end = offset + WORD;
      found.push({ segment, offset });
    }
  }
  return found;
}

/** Makes one round trip; returns the answers by call, then by task. */
function makeTrip(
  kernel: NativeKernel,
  tasks: readonly NativeTask[],
  { calls, places }: Group,
  close: boolean,
): readonly (readonly BatchAnswer[])[] {
  const first = calls[0] as FlatCall;
  const length = callSize(first);
  const numbers = calls.length * places.size + tasks.length;
  const size = sweepLayout.size + places.size * placeLayout.size + length + numbers * WORD;
  const write = (to: Buffer, start: number): void => {
    to.writeUInt32LE(kernel.deadlineMs, start + sweepLayout.eachMs);
    to.writeUInt32LE(tasks.length, start + sweepLayout.ntasks);
    to.writeUInt32LE(calls.length, start + sweepLayout.ncalls);
    to.writeUInt32LE(places.size, start + sweepLayout.nplaces);
    to.writeUInt32LE(length, start + sweepLayout.callLength);
    to.writeUInt32LE(close ? 1 : 0, start + sweepLayout.close);
    let at = start + sweepLayout.size;
    for (const { segment, offset } of places.values()) {
      to.writeUInt32LE(segment, at + placeLayout.segment);
      to.writeUInt32LE(offset, at + placeLayout.offset);
      at += placeLayout.size;
    }
    writeCall(first, to, at);
    at += length;
    for (const { segments } of calls) {
      for (const { segment, offset } of places.values()) {
        to.set(
          (segments[segment] as { bytes: Uint8Array }).bytes.subarray(offset, offset + WORD),
          at,
        );
        at += WORD;
      }
    }
    for (const { pid } of tasks) at = to.writeUInt32LE(pid, at);
  };
  const all = Math.min(kernel.deadlineMs * tasks.length, MAX_MS);
  const reply = kernel.ask({ op: Op.SWEEP, pid: 0 }, size, write, all);
  const [task] = tasks as readonly [NativeTask];
  if (reply.status !== Status.OK) throw task.problem(reply, first.entry.name);
  return calls.map((call, c) =>
    tasks.map((by, t) => {
      const cell = reply.payload.readUInt16LE((t * calls.length + c) * CELL);
      const low = cell & ((1 << Limit.CELL_SHIFT) - 1);
      const status = cell >>> Limit.CELL_SHIFT;
      if (status === Status.OK) return -low || 0;
      return by.problem({ ...reply, status, detail: low, pid: by.pid }, call.entry.name);
    }),
  );
}
