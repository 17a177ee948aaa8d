// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { ByteReader } from "./bytes.js";

/** The known registers of a frame, by their numbers in DWARF. */
export type Registers = ReadonlyMap<number, number>;

/** What of a machine matters for its stacks. */
export interface Machine {
  /** The numbers of registers: the stack pointer, the frame pointer, and the return address. */
  readonly sp: number;
  readonly fp: number;
  readonly ra: number;
  /** Whether a call writes the return address to the stack, and not to a register. */
  readonly pushes: boolean;
  /** The numbers in the order of the kernel's structure; -1 for one that has none. */
  readonly order: readonly number[];
  /** Where that structure has the program counter. */
  readonly pc: number;
  /**
   * The code to which a signal handler returns, and where the same structure is on the stack then.
   * Absent if that code has unwind information.
   */
  readonly sigreturn?: { readonly code: Uint8Array; readonly saved: number };
}

const none = -1;
const x64: Machine = {
  ...{ sp: 7, fp: 6, ra: 16, pushes: true, pc: 16 },
  order: [15, 14, 13, 12, 6, 3, 11, 10, 9, 8, 0, 2, 1, 4, 5, none, none, none, none, 7],
};
const arm64: Machine = {
  ...{ sp: 31, fp: 29, ra: 30, pushes: false, pc: 32 },
  sigreturn: {
    // mov x8, 139; svc 0
    code: Uint8Array.of(0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4),
    // After `struct siginfo`, and what `struct ucontext` has before the registers.
    saved: 128 + 184,
  },
  order: [...Array(32).keys()],
};

/** The machine of this process, and so of the program. */
export const machine: Machine = process.arch === "arm64" ? arm64 : x64;

/** Bytes of the kernel's structure of registers on every machine, at most. */
export const REGISTERS_SIZE = 512;

/** Where a thread is. */
export interface ThreadState {
  readonly pc: number;
  readonly registers: Registers;
}

/** Reads the kernel's structure of registers; undefined for that of a 32-bit program. */
export function parseRegisters(bytes: Uint8Array): ThreadState | undefined {
  if (bytes.length < 8 * machine.order.length + 8) return undefined;
  const word = (i: number): number => new ByteReader(bytes, 0, 8 * i).u64();
  const known = machine.order.flatMap((n, i) => (n === none ? [] : [[n, word(i)] as const]));
  return { pc: word(machine.pc), registers: new Map(known) };
}

/**
 * The registers of a thread that waits for the answer to its call, as far as the kernel has them
 * in `/proc`: the program counter and the stack pointer.
 */
export function readWaiting(tid: number): ThreadState | undefined {
  const fields = readFileSync(`/proc/${tid}/syscall`, "latin1").trim().split(" ");
  const [sp, pc] = fields.slice(-2).map(Number);
  if (fields.length !== 9 || !sp || !pc) return undefined;
  return { pc, registers: new Map([[machine.sp, sp]]) };
}
