// SPDX-License-Identifier: MIT
import type { FdInfo, FdKind } from "@bpf-token/syscall";
import { FD, MAGIC, O, S } from "@bpf-token/uapi";
import { fdLayout } from "./generated/protocol.js";

/** What the kernel calls files without a name. */
const anonymous: Readonly<Record<string, FdKind>> = {
  "[fscontext]": "fscontext",
  "bpf-map": "map",
  "bpf-prog": "prog",
  btf: "btf",
  bpf_link: "link",
  "bpf-link": "link",
  "[eventfd]": "eventfd",
};

/** What a descriptor shows of its file without being used. */
export interface FdTraits {
  /** Text of `/proc/self/fd/N`. */
  readonly link: string;
  /** `st_mode`. */
  readonly mode: number;
  /** Major number × 256 + minor number of a device. */
  readonly rdev: number;
  /** Type of the file system. */
  readonly magic: number;
}

const NULL_DEVICE = 0x103;

/** What a descriptor is open on. */
export function kindOf(file: FdTraits): FdKind {
  const { link } = file;
  const type = file.mode & S.IFMT;
  if (link.startsWith("anon_inode:")) return anonymous[link.slice(11)] ?? "unknown";
  if (link.startsWith("user:[")) return "userns";
  if (link.startsWith("mnt:[")) return "mntns";
  if (type === S.IFDIR) return "dir";
  if (type === S.IFIFO) return "pipe";
  if (type === S.IFSOCK) return "socket";
  if (type === S.IFCHR && file.rdev === NULL_DEVICE) return "null";
  if (type !== S.IFREG) return "unknown";
  if (link === "/bpf-token (deleted)" && file.magic === MAGIC.BPF_FS) return "token";
  return link.startsWith("/memfd:") ? "memfd" : "file";
}

/** Reads the executor's list of open descriptors. */
export function readFds(payload: Buffer): readonly FdInfo[] {
  const fds: FdInfo[] = [];
  for (let at = 0; at < payload.length; ) {
    const word = (field: number): number => payload.readUInt32LE(at + field);
    const end = at + fdLayout.size + word(fdLayout.linkLength);
    const kind = kindOf({
      link: payload.toString("utf8", at + fdLayout.size, end),
      mode: word(fdLayout.mode),
      rdev: word(fdLayout.rdev),
      magic: word(fdLayout.fsMagic),
    });
    const cloexec = (word(fdLayout.fdFlags) & FD.CLOEXEC) !== 0;
    const path = (word(fdLayout.fileFlags) & O.PATH) !== 0;
    fds.push({ fd: word(fdLayout.fd), kind, cloexec, path });
    at = end;
  }
  return fds;
}
