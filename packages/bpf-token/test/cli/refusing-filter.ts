// SPDX-License-Identifier: MIT

/** A filter that answers EPERM to bpf(2): four instructions of classic BPF. */
export function filter(): Uint8Array {
  const insns = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, process.arch === "x64" ? 321 : 280],
    [0x06, 0, 0, 0x50001],
    [0x06, 0, 0, 0x7fff0000],
  ] as const;
  const bytes = Buffer.alloc(8 * insns.length);
  insns.forEach(([code, yes, no, k], i) => {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(yes, 8 * i + 2);
    bytes.writeUInt8(no, 8 * i + 3);
    bytes.writeUInt32LE(k, 8 * i + 4);
  });
  return bytes;
}
