// SPDX-License-Identifier: MIT

/** A decoded instruction. */
export interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

export function instructions(bytes: Uint8Array): Instruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, i) => {
    const registers = view.getUint8(8 * i + 1);
    return {
      code: view.getUint8(8 * i),
      dst: registers & 0xf,
      src: registers >>> 4,
      off: view.getInt16(8 * i + 2, true),
      imm: view.getInt32(8 * i + 4, true),
    };
  });
}
