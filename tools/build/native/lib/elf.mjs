// SPDX-License-Identifier: MIT
import { machines } from "./programs.mjs";

const MAGIC = "\x7fELF";
const HEADER = { class: 4, data: 5, machine: 18, end: 20 };

/**
 * Returns the architecture of a program, as Node names it.
 *
 * @throws RangeError if the bytes are not ELF of a known machine.
 */
export function architectureOf(bytes) {
  if (bytes.length < HEADER.end || bytes.toString("latin1", 0, 4) !== MAGIC) {
    throw new RangeError("it is not an ELF file");
  }
  if (bytes[HEADER.class] !== 2 || bytes[HEADER.data] !== 1) {
    throw new RangeError("it is not ELF with 64 bits in little-endian order");
  }
  const number = bytes.readUInt16LE(HEADER.machine);
  const found = Object.entries(machines).find(([, { elf }]) => elf === number);
  if (found === undefined) throw new RangeError(`its ELF machine is ${number}`);
  return found[0];
}
