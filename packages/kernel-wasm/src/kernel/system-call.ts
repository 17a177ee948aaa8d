// SPDX-License-Identifier: GPL-2.0-only
import { type FlatCall, flatten } from "@bpf-token/syscall";
import { Errno, type Mem, type SyscallArg, type SyscallEntry, syscallTable } from "@bpf-token/uapi";
import { readBack, writeCall } from "../host/call.js";
import { BACKEND, type Machine } from "../module/machine.js";

/** The kinds of arguments that the fast path of {@link systemCall} distinguishes. */
const NUMBER = 0;
const READ = 1;
const WRITE = 2;

/** Up to this size in bytes, a loop copies faster than the engine's own copy. */
const SMALL = 32;

interface Plan {
  readonly kinds: Uint8Array;
  readonly wide: boolean;
}

function planOf(entry: SyscallEntry): Plan {
  const kinds = entry.args.map((arg) => {
    if (arg.kind === "str" || (arg.kind === "ptr" && arg.dir === "in")) return READ;
    return arg.kind === "ptr" ? WRITE : NUMBER;
  });
  return { kinds: Uint8Array.from(kinds), wide: entry.returns === "long" };
}

const plans: readonly (Plan | undefined)[] = syscallTable.reduce<(Plan | undefined)[]>(
  (all, entry) => {
    all[entry.nr] = planOf(entry);
    return all;
  },
  [],
);

/**
 * Makes a system call on behalf of a task.
 *
 * The fast path writes the common shapes (32-bit numbers, NULL, at most one piece of plain memory)
 * straight into the call block. All other shapes go through `flatten`, which also reports wrong
 * arguments. A test compares both paths.
 */
export function systemCall(
  machine: Machine,
  pid: number,
  nr: number,
  args: readonly SyscallArg[],
): number {
  const plan = plans[nr];
  if (plan === undefined || args.length > plan.kinds.length)
    return generalCall(machine, pid, nr, args);
  const { kinds } = plan;
  const { words } = machine;
  let memory: Uint8Array | undefined;
  let slot = 0;
  let back = false;
  for (let i = 0, at = machine.args; i < kinds.length; i++, at += 2) {
    const value = args[i];
    if (typeof value === "number") {
      if (kinds[i] !== NUMBER && value !== 0) return generalCall(machine, pid, nr, args);
      const low = value | 0;
      if (low !== value && value >>> 0 !== value) return generalCall(machine, pid, nr, args);
      words[at] = low;
      words[at + 1] = low === value ? low >> 31 : 0;
    } else if (value === undefined || value === null) {
      words[at] = 0;
      words[at + 1] = 0;
    } else {
      const bytes = memory === undefined && kinds[i] !== NUMBER ? plainMemory(value) : undefined;
      if (bytes === undefined) return generalCall(machine, pid, nr, args);
      memory = bytes;
      slot = i;
      back = isWritten(value, kinds[i] === WRITE);
    }
  }
  words[machine.block] = nr;
  words[machine.block + 1] = kinds.length;
  if (memory === undefined) return machine.finish(machine.enter(pid), plan.wide);
  const address = machine.userAlloc(memory.length);
  if (address === 0) return outOfMemory(machine);
  const at = machine.args + 2 * slot;
  machine.words[at] = address;
  machine.words[at + 1] = 0;
  copyIn(machine, address, memory);
  const ret = machine.enter(pid);
  if (back && machine.out(0) !== 0) copyOut(machine, address, memory);
  machine.userReset();
  return machine.finish(ret, plan.wide);
}

/**
 * Returns memory without pointers. Empty memory may be a detached buffer, which `flatten` reports.
 */
function plainMemory(value: SyscallArg): Uint8Array | undefined {
  if (value === null || typeof value !== "object") return undefined;
  const mem = value instanceof Uint8Array ? undefined : value;
  if (mem?.pointers !== undefined && mem.pointers.length !== 0) return undefined;
  const bytes = mem === undefined ? value : mem.bytes;
  return bytes instanceof Uint8Array && bytes.length !== 0 ? bytes : undefined;
}

/** Returns whether the kernel's writes are copied back to the caller. */
function isWritten(value: SyscallArg, written: boolean): boolean {
  const dir = value instanceof Uint8Array ? undefined : (value as Mem).dir;
  return dir === undefined ? written : dir !== "in";
}

function copyIn({ bytes }: Machine, address: number, from: Uint8Array): void {
  if (from.length > SMALL) bytes.set(from, address);
  else for (let i = 0; i < from.length; i++) bytes[address + i] = from[i] as number;
}

function copyOut({ bytes }: Machine, address: number, to: Uint8Array): void {
  if (to.length > SMALL) to.set(bytes.subarray(address, address + to.length));
  else for (let i = 0; i < to.length; i++) to[i] = bytes[address + i] as number;
}

/**
 * The core cannot allocate the caller's memory, so the call answers as a kernel out of memory does.
 */
function outOfMemory(machine: Machine): number {
  machine.words[machine.log] = 0;
  machine.userReset();
  return -Errno.ENOMEM;
}

/** Makes a system call of any shape. */
export function generalCall(
  machine: Machine,
  pid: number,
  nr: number,
  args: readonly SyscallArg[],
): number {
  const call = flatten(BACKEND, nr, args);
  const starts = allocate(machine, call);
  if (starts === undefined) return outOfMemory(machine);
  writeCall(machine.bytes, call, starts, 4 * machine.args);
  machine.words[machine.block] = nr;
  machine.words[machine.block + 1] = call.args.length;
  const ret = machine.enter(pid);
  readBack(machine.bytes, call, starts);
  if (starts.length > 0) machine.userReset();
  return machine.finish(ret, call.entry.returns === "long");
}

/** Returns an address in the core for each segment; undefined if the core is out of memory. */
function allocate(machine: Machine, { segments }: FlatCall): readonly number[] | undefined {
  const starts: number[] = [];
  for (const { bytes } of segments) {
    const address = machine.userAlloc(bytes.length);
    if (address === 0) return undefined;
    starts.push(address);
  }
  return starts;
}
