// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { guestsFolder } from "./images.js";

const ELF_64 = 0x02_46_4c_45_7f;
/** The largest BTF of a kernel is a tenth of this. */
const MOST_BYTES = 64 << 20;

/**
 * Returns the BTF of the kernel image of a guest: `FOLDER/6.12/vmlinux`.
 *
 * @returns undefined if there is no such image, or it has no BTF.
 * @example
 * ```ts
 * const btf = readGuestBtf("6.12");
 * ```
 */
export function readGuestBtf(release: string): Uint8Array | undefined {
  try {
    const fd = openSync(join(guestsFolder(), release, "vmlinux"), "r");
    try {
      return readSection(fd, ".BTF");
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** A section of a 64-bit ELF file, without reading the rest of the file. */
function readSection(fd: number, wanted: string): Uint8Array | undefined {
  const header = readAt(fd, 0, 64);
  if (header.readUIntLE(0, 5) !== ELF_64) return undefined;
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((at) => header.readUInt16LE(at));
  const table = readAt(fd, Number(header.readBigUInt64LE(0x28)), (size ?? 0) * (count ?? 0));
  const place = (i: number): readonly [number, number] => [
    Number(table.readBigUInt64LE(i * (size ?? 0) + 0x18)),
    Number(table.readBigUInt64LE(i * (size ?? 0) + 0x20)),
  ];
  const texts = readAt(fd, ...place(names ?? 0));
  for (let i = 0; i < (count ?? 0); i++) {
    const name = table.readUInt32LE(i * (size ?? 0));
    if (texts.toString("latin1", name, texts.indexOf(0, name)) === wanted)
      return readAt(fd, ...place(i));
  }
  return undefined;
}

function readAt(fd: number, position: number, size: number): Buffer {
  if (size > MOST_BYTES) throw new RangeError(`a section of ${size} bytes is no BTF`);
  const bytes = Buffer.alloc(size);
  if (readSync(fd, bytes, 0, size, position) !== size)
    throw new RangeError("the file is too short");
  return bytes;
}
