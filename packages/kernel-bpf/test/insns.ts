// SPDX-License-Identifier: GPL-2.0-only

/** Instructions as the kernel has them: code, registers, offset, immediate. */
export function insns(...rows: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const bytes = new Uint8Array(8 * rows.length);
  const view = new DataView(bytes.buffer);
  rows.forEach(([code, registers, offset, imm], i) => {
    bytes[8 * i] = code;
    bytes[8 * i + 1] = registers;
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, imm, true);
  });
  return bytes;
}
