// SPDX-License-Identifier: MIT
import type { ByteReader } from "./byte-reader.js";

/** Opcodes with one LEB128 operand; operand counts of the 0xfc opcodes. */
const ONE = new Set([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2]);
const MISC_OPERANDS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/**
 * Skips the operands of an instruction.
 *
 * @throws RangeError for an instruction that the SDK's flags do not allow.
 */
export function skipImmediates(reader: ByteReader, op: number): void {
  if (ONE.has(op) || (op >= 0x20 && op <= 0x26)) skip(reader, 1);
  else if (op === 0x11 || (op >= 0x28 && op <= 0x3e)) skip(reader, 2);
  else if (op === 0x0e) skip(reader, reader.uleb() + 1);
  else if (op === 0x1c) skip(reader, reader.uleb());
  else if (op === 0x43) reader.take(4);
  else if (op === 0x44) reader.take(8);
  else if (op === 0xfc) {
    const sub = reader.uleb();
    const operands = MISC_OPERANDS[sub];
    if (operands === undefined) throw new RangeError(`instruction 0xfc ${sub} is not supported`);
    skip(reader, operands);
  } else if (!isPlain(op))
    throw new RangeError(`instruction 0x${op.toString(16)} is not supported`);
}

function isPlain(op: number): boolean {
  const control = [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(op);
  return control || (op >= 0x45 && op <= 0xc4);
}

/** Skips LEB128 numbers of any size and sign. */
function skip(reader: ByteReader, numbers: number): void {
  for (let left = numbers; left > 0; left--) while (reader.u8() >= 0x80);
}
