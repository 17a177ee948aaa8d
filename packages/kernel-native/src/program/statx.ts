// SPDX-License-Identifier: MIT

/** Turns `struct stat` of x86-64 into `struct statx` with the same contents. */
export function statxOf(stat: Uint8Array): Uint8Array {
  const from = new DataView(stat.buffer);
  const bytes = new Uint8Array(256);
  const to = new DataView(bytes.buffer);
  const BASIC_STATS = 0x7ff;
  to.setUint32(0, BASIC_STATS, true);
  to.setUint32(4, from.getUint32(56, true), true); // blksize
  to.setUint32(16, from.getUint32(16, true), true); // nlink
  to.setUint32(20, from.getUint32(28, true), true); // uid
  to.setUint32(24, from.getUint32(32, true), true); // gid
  to.setUint16(28, from.getUint32(24, true), true); // mode
  to.setBigUint64(32, from.getBigUint64(8, true), true); // ino
  to.setBigUint64(40, from.getBigUint64(48, true), true); // size
  to.setBigUint64(48, from.getBigUint64(64, true), true); // blocks
  const times = [
    [64, 72], // atime
    [96, 104], // ctime
    [112, 88], // mtime
  ] as const;
  for (const [there, here] of times) {
    to.setBigUint64(there, from.getBigUint64(here, true), true);
    to.setUint32(there + 8, from.getUint32(here + 8, true), true);
  }
  const device = from.getUint32(0, true);
  to.setUint32(136, device >> 8, true);
  to.setUint32(140, device & 0xff, true);
  return bytes;
}
