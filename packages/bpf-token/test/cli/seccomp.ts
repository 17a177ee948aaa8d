// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";

/** An instruction of classic BPF: code, jump if true, jump if false, constant. */
export type Instruction = readonly [code: number, yes: number, no: number, k: number];

/** Writes a seccomp filter for `setpriv --seccomp-filter`. */
export function writeFilter(file: string, instructions: readonly Instruction[]): void {
  writeFileSync(file, Buffer.concat(instructions.map(encode)));
}

function encode([code, yes, no, k]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code);
  bytes.set([yes, no], 2);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}
