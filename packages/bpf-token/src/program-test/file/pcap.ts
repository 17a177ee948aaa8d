// SPDX-License-Identifier: MIT

const HEADER = 24;
const RECORD = 16;
const MAGIC: ReadonlySet<number> = new Set([0xa1b2c3d4, 0xa1b23c4d]);
const ETHERNET = 1;

/**
 * The packet with a number, from 1, of a capture file in the classic format of libpcap, which
 * `tcpdump -w` writes.
 *
 * @throws RangeError for a file in another format, of another link type than Ethernet, or without it.
 */
export function frameOf(file: Uint8Array, number: number): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER) throw new RangeError("is too short for a capture file of libpcap");
  const little = MAGIC.has(view.getUint32(0, true));
  if (!little && !MAGIC.has(view.getUint32(0, false)))
    throw new RangeError("is no capture file in the format of libpcap; write it with 'tcpdump -w'");
  const link = view.getUint32(20, little) & 0xfffffff;
  if (link !== ETHERNET) throw new RangeError(`has link type ${link}; only Ethernet (1) is read`);
  let count = 0;
  for (let at = HEADER; at + RECORD <= file.length; ) {
    const size = view.getUint32(at + 8, little);
    const end = at + RECORD + size;
    count++;
    if (end > file.length) throw new RangeError(`ends in packet ${count}`);
    if (count === number) return file.slice(at + RECORD, end);
    at = end;
  }
  throw new RangeError(`has packets 1 to ${count}, not ${number}`);
}
