// SPDX-License-Identifier: MIT
import { posix } from "node:path";
import { raw } from "@bpf-token/syscall";
import { AT, Errno, FSPICK, MNT, MOVE_MOUNT, MS, type SyscallEntry } from "@bpf-token/uapi";
import type { CallMaker, KernelPlace } from "./call-maker.js";
import { STAT_SIZE } from "./machine.js";
import { type Args, CWD, int } from "./numbers.js";
import type { Outcome } from "./outcome.js";
import type { PathCalls } from "./path-calls.js";
import { kindOnHost, lookupPath, lookupText } from "./paths.js";
import type { ProgramProcess } from "./processes.js";

/** A path of a call on mounts. */
interface MountPath {
  /** The position of the directory, or the working directory. */
  readonly dirfd: number | typeof CWD;
  /** The position of the text. */
  readonly at: number;
  /** Whether a symbolic link at the end is followed, by the flags of the call. */
  readonly follows?: (flags: number) => boolean;
}

/** The paths of the calls on mounts, in the order of the arguments, and the position of the flags. */
const mountPaths: Readonly<Record<string, readonly [flags: number, ...MountPath[]]>> = {
  mount: [3, { dirfd: CWD, at: 0 }, { dirfd: CWD, at: 1 }],
  umount2: [1, { dirfd: CWD, at: 0, follows: (flags) => (flags & MNT.NOFOLLOW) === 0 }],
  open_tree: [2, { dirfd: 0, at: 1, follows: (flags) => (flags & AT.SYMLINK_NOFOLLOW) === 0 }],
  move_mount: [
    4,
    { dirfd: 0, at: 1, follows: (flags) => (flags & MOVE_MOUNT.F_SYMLINKS) !== 0 },
    { dirfd: 2, at: 3, follows: (flags) => (flags & MOVE_MOUNT.T_SYMLINKS) !== 0 },
  ],
  fspick: [2, { dirfd: 0, at: 1, follows: (flags) => (flags & FSPICK.SYMLINK_NOFOLLOW) === 0 }],
};

/** Whether a call is one on mounts, with paths. */
export const isOnMounts = ({ name }: SyscallEntry): boolean => Object.hasOwn(mountPaths, name);

/** A file of every kernel that is no directory. */
const FILE = "/dev/null";
/**
 * Paths that no kernel finds, and its error: one for each path of a call. So its order of checks decides
 * which error the program gets.
 */
const unfindable = [
  [Errno.ENOTDIR, `${FILE}/none`],
  [Errno.ENAMETOOLONG, `/${"n".repeat(256)}`],
] as const;

/** Answers calls on mounts. */
export class MountCalls {
  readonly #maker: CallMaker;
  readonly #paths: PathCalls;

  constructor(maker: CallMaker, paths: PathCalls) {
    this.#maker = maker;
    this.#paths = paths;
  }

  /** Answers one: what it names on the host is there in the other kernel too. */
  answer(process: ProgramProcess, entry: SyscallEntry, args: Args): Outcome {
    const [flagsAt = 0, ...all] = mountPaths[entry.name] ?? [];
    const flags = Number(BigInt.asUintN(32, args[flagsAt] ?? 0n));
    const hasSource = entry.name !== "mount" || (flags & (MS.BIND | MS.MOVE)) !== 0;
    const ofHost = new Map<number, number>();
    const places = all.slice(hasSource ? 0 : 1).flatMap((path): KernelPlace[] => {
      const place = this.#place(process, args, path, flags, ofHost);
      return place === undefined ? [] : [place];
    });
    return this.#maker.make(process, entry, args, places, ofHost);
  }

  /**
   * What the other kernel has in place of a path; undefined if it decides about the text itself.
   *
   * @param ofHost - gets the host's error, by that of the other kernel.
   */
  #place(
    process: ProgramProcess,
    args: Args,
    { dirfd, at, follows }: MountPath,
    flags: number,
    ofHost: Map<number, number>,
  ): KernelPlace | undefined {
    const address = args[at] ?? 0n;
    const from = typeof dirfd === "bigint" ? dirfd : (args[dirfd] ?? 0n);
    const text = lookupText(process, address);
    const found = text === undefined ? undefined : this.#paths.find(process, from, address);
    if (text === undefined || found === undefined) return undefined;
    if ("kernel" in found) return { at, ...found.kernel };
    const kind = kindOnHost(lookupPath(process.pid, int(from), text), follows?.(flags));
    if (kind === "directory") this.#mirror(found.host);
    // A path that the host does not have may be one of the other kernel.
    const mayBeThere = kind === Errno.ENOENT && kindOnHost(found.host) === Errno.ENOENT;
    if (typeof kind === "string" || mayBeThere)
      return { at, dirfd: AT.FDCWD, path: kind === "other" ? FILE : found.host };
    const [errno, path] = unfindable[ofHost.size] ?? unfindable[0];
    ofHost.set(errno, kind);
    return { at, dirfd: AT.FDCWD, path };
  }

  /** Creates a directory of the host in the other kernel. */
  #mirror(path: string): void {
    if (path === "/") return;
    const { init } = this.#maker.kernel;
    const stat = new Uint8Array(STAT_SIZE);
    if (raw.newfstatat(init, AT.FDCWD, path, stat, 0) !== -Errno.ENOENT) return;
    this.#mirror(posix.dirname(path));
    raw.mkdirat(init, AT.FDCWD, path, 0o755);
  }
}
