// SPDX-License-Identifier: MIT
// The BTF of a distribution's kernel, from its image.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BpfKernelError } from "./errors.mjs";

const ELF = "7f454c46";
const BTF_MAGIC = 0xeb9f;

/** Returns a section of a 64-bit ELF file; undefined if the file has no such section. */
function section(bytes, wanted) {
  const table = Number(bytes.readBigUInt64LE(0x28));
  const [size, count, namesAt] = [0x3a, 0x3c, 0x3e].map((at) => bytes.readUInt16LE(at));
  const header = (i) => {
    const at = table + i * size;
    return {
      name: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 0x18)),
      length: Number(bytes.readBigUInt64LE(at + 0x20)),
    };
  };
  const names = header(namesAt).offset;
  for (let i = 0; i < count; i++) {
    const { name, offset, length } = header(i);
    const end = bytes.indexOf(0, names + name);
    if (bytes.toString("latin1", names + name, end) === wanted)
      return bytes.subarray(offset, offset + length);
  }
  return undefined;
}

/** The BTF that an earlier build kept, with the release of its image. */
function keptBtf(path) {
  const about = JSON.parse(readFileSync(join(dirname(path), "kernel.json"), "utf8"));
  return { btf: readFileSync(path), release: about.image };
}

/**
 * Reads the BTF and the release of a kernel image (`vmlinux`), or the `vmlinux.btf` of an earlier build.
 *
 * @returns `{ btf, release }`; the release as in `uname -r`: `6.12.118+deb13-cloud-amd64`.
 */
export function btfOfImage(path) {
  if (basename(path) === "vmlinux.btf") return keptBtf(path);
  const bytes = readFileSync(path);
  const bad = (why) => new BpfKernelError(`${path} ${why}. Fix: name a vmlinux with --image`);
  if (bytes.length < 64 || bytes.toString("hex", 0, 4) !== ELF) throw bad("is no ELF file");
  let btf;
  try {
    btf = section(bytes, ".BTF");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw bad("is a damaged ELF file");
  }
  if (btf === undefined || btf.length < 24 || btf.readUInt16LE(0) !== BTF_MAGIC)
    throw bad("has no section .BTF");
  const banner = bytes.indexOf("Linux version ");
  const release = /^Linux version (\S+)/.exec(bytes.toString("latin1", banner, banner + 100))?.[1];
  if (release === undefined) throw bad("does not name its release");
  return { btf, release };
}
