// SPDX-License-Identifier: GPL-2.0-only
import { copyBack, type FlatArg, type FlatCall } from "@bpf-token/syscall";

/** An address that always faults. */
const BAD = 0xdead_0000_0000_0000n;

/**
 * Writes a call to the memory of a module: its segments, the pointers in them, and its arguments as
 * 64 bits each.
 *
 * @param starts - the address of each segment.
 * @param args - the address of the first argument.
 */
export function writeCall(
  memory: Uint8Array,
  call: FlatCall,
  starts: readonly number[],
  args: number,
): void {
  call.segments.forEach(({ bytes }, i) => {
    memory.set(bytes, starts[i]);
  });
  for (const { segment, offset, to } of call.fixups)
    writeArgument(memory, (starts[segment] ?? 0) + offset, to, starts);
  call.args.forEach((arg, i) => {
    writeArgument(memory, args + 8 * i, arg, starts);
  });
}

/** Copies what the kernel wrote back to the caller's memory. */
export function readBack(memory: Uint8Array, call: FlatCall, starts: readonly number[]): void {
  starts.forEach((start, i) => {
    copyBack(call, i, memory, start);
  });
}

/** Writes a number or an address as 64 bits, little endian, at any byte offset. */
function writeArgument(
  memory: Uint8Array,
  at: number,
  arg: FlatArg,
  starts: readonly number[],
): void {
  const value = arg.kind === "num" ? arg.value : arg.kind === "bad" ? BAD : starts[arg.segment];
  if (typeof value === "number" && (value | 0) === value) {
    writeWords(memory, at, value, value >> 31);
  } else {
    const bits = BigInt.asUintN(64, BigInt(value ?? 0));
    writeWords(memory, at, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  }
}

/** Creating a DataView costs more than eight byte writes. */
function writeWords(memory: Uint8Array, at: number, low: number, high: number): void {
  for (let i = 0; i < 4; i++) {
    memory[at + i] = low >>> (8 * i);
    memory[at + 4 + i] = high >>> (8 * i);
  }
}
