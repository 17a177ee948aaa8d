// SPDX-License-Identifier: MIT
import type { FdInfo, FdKind } from "@bpf-token/syscall";
import { FD, MAGIC, O, S } from "@bpf-token/uapi";
import { fdLayout } from "./generated/protocol.js";

/** The kernel's names of anonymous inodes. */
const anonymous: Readonly<Record<string, FdKind>> = {
  "[fscontext]": "fscontext",
  "bpf-map": "map",
  "bpf-prog": "prog",
  btf: "btf",
  bpf_link: "link",
  "bpf-link": "link",
  "[eventfd]": "eventfd",
};

/** Properties of an open file that are visible without using the file descriptor. */
export interface FdTraits {
  /** The target of `/proc/self/fd/N`. */
  readonly link: string;
  /** `st_mode`. */
  readonly mode: number;
  /** Major number × 256 + minor number of a device. */
  readonly rdev: number;
  /** Filesystem type: `f_type` of statfs(2). */
  readonly magic: number;
}

const NULL_DEVICE = 0x103;

/** Returns the kind of an open file. */
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

/** Decodes the executor's list of open file descriptors. */
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
