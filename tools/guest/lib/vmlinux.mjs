// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import zlib from "node:zlib";

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** Offset of the boot header, and of its fields with the place and length of the packed kernel. */
const HEADER = { sectors: 0x1f1, magic: 0x202, at: 0x248, length: 0x24c };
const MOST = 256 * 1024 * 1024;

/**
 * Extracts the kernel from a bzImage with zstd compression. Returns undefined for another
 * compression, or if no zstd decompressor is available.
 */
export function vmlinuxOf(image) {
  if (image.toString("latin1", HEADER.magic, HEADER.magic + 4) !== "HdrS") return undefined;
  const start = (image[HEADER.sectors] + 1) * 512 + image.readUInt32LE(HEADER.at);
  // The last four bytes are the size of the unpacked kernel.
  const packed = image.subarray(start, start + image.readUInt32LE(HEADER.length) - 4);
  if (!packed.subarray(0, 4).equals(ZSTD)) return undefined;
  const kernel = unzstd(packed);
  return kernel?.subarray(0, 4).equals(ELF) ? kernel : undefined;
}

function unzstd(packed) {
  // Node 22.15 and newer decompress zstd; older ones need the program.
  if (zlib.zstdDecompressSync !== undefined) return zlib.zstdDecompressSync(packed);
  const { status, stdout } = spawnSync("zstd", ["-dc"], { input: packed, maxBuffer: MOST });
  return status === 0 ? stdout : undefined;
}
