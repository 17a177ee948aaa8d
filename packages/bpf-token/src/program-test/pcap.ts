// SPDX-License-Identifier: MIT

const HEADER = 24;
const RECORD = 16;
const MAGIC: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d]);
const ETHERNET = 1;

/**
 * The packets of a capture file in the classic format of libpcap, which `tcpdump -w` writes.
 *
 * @throws RangeError for a file in another format, or of another link type than Ethernet.
 */
export function framesOf(file: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER) throw new RangeError("is too short for a capture file of libpcap");
  const little = MAGIC.has(view.getUint32(0, true));
  if (!little && !MAGIC.has(view.getUint32(0, false)))
    throw new RangeError("is no capture file in the format of libpcap; write it with 'tcpdump -w'");
  const link = view.getUint32(20, little) & 0xfffffff;
  if (link !== ETHERNET) throw new RangeError(`has link type ${link}; only Ethernet (1) is read`);
  const frames: Uint8Array[] = [];
  for (let at = HEADER; at + RECORD <= file.length; ) {
    const size = view.getUint32(at + 8, little);
    const end = at + RECORD + size;
    if (end > file.length) throw new RangeError(`ends in packet ${frames.length + 1}`);
    frames.push(file.slice(at + RECORD, end));
    at = end;
  }
  return frames;
}
