// SPDX-License-Identifier: MIT
/* Recognises the call in front of a return address. */
import { ByteReader } from "./bytes.js";
import type { ReadMemory } from "./frame-entry.js";

/** The call instruction in front of a return address. */
export interface CallBefore {
  /** The address that it calls; undefined if a register or memory has it. */
  readonly target: number | undefined;
}

/** Reads the call in front of an address; undefined if there is none. */
export function callBefore(read: ReadMemory, address: number): CallBefore | undefined {
  return process.arch === "arm64" ? onArm64(read, address) : onX64(read, address);
}

function onX64(read: ReadMemory, address: number): CallBefore | undefined {
  const code = read(address - 7, 7);
  if (code.length < 7) return undefined;
  if (code[2] === 0xe8) {
    return { target: throughTable(read, address + new ByteReader(code, 0, 3).i32()) };
  }
  for (let size = 2; size <= 7; size++) {
    const [op, operand = 0] = code.subarray(7 - size);
    if (op === 0xff && ((operand >> 3) & 7) === 2 && sizeOf(operand, code, size) === size) {
      return { target: undefined };
    }
  }
  return undefined;
}

/** Bytes of an instruction with this ModRM byte, whose opcode is `size` bytes before the end. */
function sizeOf(operand: number, code: Uint8Array, size: number): number {
  const [mode, base] = [operand >> 6, operand & 7];
  if (mode === 3) return 2;
  const scaled = base === 4 ? 1 : 0;
  const index = code[7 - size + 2] ?? 0;
  const isLong = mode === 2 || (mode === 0 && (base === 5 || (scaled === 1 && (index & 7) === 5)));
  return 2 + scaled + (isLong ? 4 : mode === 1 ? 1 : 0);
}

/** A call into a procedure linkage table (PLT) calls what the table has for it. */
function throughTable(read: ReadMemory, target: number): number {
  const code = read(target, 16);
  const marked = [0xf3, 0x0f, 0x1e, 0xfa].every((byte, i) => code[i] === byte) ? 4 : 0;
  const at = code[marked] === 0xf2 ? marked + 1 : marked;
  if (code.length < 16 || code[at] !== 0xff || code[at + 1] !== 0x25) return target;
  const slot = read(target + at + 6 + new ByteReader(code, 0, at + 2).i32(), 8);
  return slot.length < 8 ? target : new ByteReader(slot).u64();
}

function onArm64(read: ReadMemory, address: number): CallBefore | undefined {
  const code = read(address - 4, 4);
  if (code.length < 4 || address % 4 !== 0) return undefined;
  const instruction = new ByteReader(code).u32();
  // BLR, and its forms that check a signature.
  if ((instruction & 0xfffffc1f) >>> 0 === 0xd63f0000) return { target: undefined };
  if ((instruction & 0xfefff800) >>> 0 === 0xd63f0800) return { target: undefined };
  if (instruction >>> 26 !== 0x25) return undefined;
  const target = address - 4 + ((instruction << 6) >> 6) * 4;
  // ADRP to x16 starts an entry of a PLT; what it calls is not known.
  const first = read(target, 8);
  const isTable = first.length === 8 && [0, 4].some((at) => isPage(new ByteReader(first, 0, at)));
  return { target: isTable ? undefined : target };
}

function isPage(reader: ByteReader): boolean {
  return (reader.u32() & 0x9f00001f) >>> 0 === 0x90000010;
}
