// SPDX-License-Identifier: MIT
import { ByteReader } from "./bytes.js";
import type { Registers } from "./registers.js";

/**
 * Evaluates an expression of DWARF. Unwind information has them for PLTs and for signal handlers,
 * which need few operations.
 *
 * @returns undefined if it needs another operation, a register that is not known, or memory that
 *   is not readable.
 */
export function evaluate(
  expression: Uint8Array,
  registers: Registers,
  word: (address: number) => number | undefined,
  start: readonly number[] = [],
): number | undefined {
  const reader = new ByteReader(expression);
  const stack = [...start];
  while (!reader.atEnd) {
    const op = reader.u8();
    const value = pushed(op, reader, registers) ?? computed(op, reader, stack, word);
    if (value === undefined) return undefined;
    stack.push(value);
  }
  return stack.at(-1);
}

/** The value of an operation that only pushes one. */
function pushed(op: number, reader: ByteReader, registers: Registers): number | undefined {
  if (op >= 0x30 && op <= 0x4f) return op - 0x30;
  if (op >= 0x70 && op <= 0x8f) {
    const offset = reader.sleb();
    const base = registers.get(op - 0x70);
    return base === undefined ? undefined : base + offset;
  }
  switch (op) {
    case 0x08:
      return reader.u8();
    case 0x0a:
      return reader.u16();
    case 0x0c:
      return reader.u32();
    case 0x10:
      return reader.uleb();
    case 0x11:
      return reader.sleb();
    default:
      return undefined;
  }
}

/** The value of an operation on the values before it. */
function computed(
  op: number,
  reader: ByteReader,
  stack: number[],
  word: (address: number) => number | undefined,
): number | undefined {
  const top = stack.pop();
  if (top === undefined) return undefined;
  if (op === 0x06) return word(top);
  if (op === 0x23) return top + reader.uleb();
  const below = stack.pop();
  if (below === undefined) return undefined;
  switch (op) {
    case 0x1a:
      return Number(BigInt(below) & BigInt(top));
    case 0x22:
      return below + top;
    case 0x1c:
      return below - top;
    case 0x24:
      return below * 2 ** top;
    case 0x2a:
      return Number(below >= top);
    default:
      return undefined;
  }
}
