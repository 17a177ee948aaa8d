// SPDX-License-Identifier: MIT

const MAGIC = Buffer.from("\x7fELF", "latin1");

/** The BPF objects inside a file: tools embed their objects as data. */
export function carve(file) {
  const found = [];
  let at = file.indexOf(MAGIC);
  while (at >= 0) {
    const size = sizeOfObject(file.subarray(at));
    if (size > 0) found.push(file.subarray(at, at + size));
    at = file.indexOf(MAGIC, at + Math.max(size, MAGIC.length));
  }
  return found;
}

/** The size of the object by its headers and sections; 0 if it is not a relocatable BPF file. */
function sizeOfObject(bytes) {
  if (bytes.length < 64 || bytes[4] !== 2 || bytes[5] !== 1) return 0;
  const [type, machine] = [bytes.readUInt16LE(16), bytes.readUInt16LE(18)];
  if (type !== 1 || machine !== 247 || bytes.readUInt16LE(58) !== 64) return 0;
  const table = Number(bytes.readBigUInt64LE(40));
  let end = table + 64 * bytes.readUInt16LE(60);
  if (end > bytes.length) return 0;
  for (let row = table; row < table + 64 * bytes.readUInt16LE(60); row += 64) {
    const empty = bytes.readUInt32LE(row + 4) === 8;
    const reach = bytes.readBigUInt64LE(row + 24) + bytes.readBigUInt64LE(row + 32);
    if (!empty) end = Math.max(end, Number(reach));
  }
  return end <= bytes.length ? end : 0;
}
