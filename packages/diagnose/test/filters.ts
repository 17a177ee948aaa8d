// SPDX-License-Identifier: MIT

/** An instruction of classic BPF: code, jump if true, jump if false, constant. */
export type Insn = readonly [code: number, yes: number, no: number, k: number];

/** Encodes a filter as `struct sock_filter`. */
export function filterBytes(insns: readonly Insn[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * insns.length));
  insns.forEach(([code, yes, no, k], i) => {
    view.setUint16(8 * i, code, true);
    view.setUint8(8 * i + 2, yes);
    view.setUint8(8 * i + 3, no);
    view.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}

/** A filter that answers an errno to bpf(2), and allows all other calls. */
export function refusing(arch: string, errno: number): readonly Insn[] {
  return [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, arch === "x64" ? 321 : 280],
    [0x06, 0, 0, 0x50000 + errno],
    [0x06, 0, 0, 0x7fff0000],
  ];
}
