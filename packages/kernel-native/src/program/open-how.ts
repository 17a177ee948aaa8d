// SPDX-License-Identifier: MIT
/* openat2(2), which the model does not have, as openat(2), which it has. */
import { O, RESOLVE, type SyscallEntry, syscallByName } from "@bpf-token/uapi";
import { viewOf } from "./attr.js";
import { translateOpenHow } from "./machine.js";
import type { Args } from "./numbers.js";
import type { ProgramProcess } from "./processes.js";

/** The size of `struct open_how`. */
const HOW_SIZE = 24;

const pathFlags = O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
const accessFlags = 3;
/** Flags with which openat2() checks no more than openat() does. */
const plainFlags =
  accessFlags | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC | O.CREAT | O.EXCL | O.TRUNC | O.NONBLOCK;
/** A BPF filesystem of the model has no symbolic links, so these forbid nothing there. */
const noLinks = BigInt(RESOLVE.NO_MAGICLINKS | RESOLVE.NO_SYMLINKS);

/** The lower half of the flags of openat() or openat2(), as x86-64 has them. */
export function openFlags(process: ProgramProcess, { name }: SyscallEntry, args: Args): number {
  if (name === "openat") return Number(args[2] ?? 0n);
  const how = readHow(process, args);
  return how === undefined ? 0 : Number(how.flags & 0xffff_ffffn);
}

/**
 * The call as openat(), if it is an openat2() that does the same in a BPF filesystem; else
 * the call itself.
 */
export function plainOpen(
  process: ProgramProcess,
  entry: SyscallEntry,
  args: Args,
): readonly [SyscallEntry, Args] {
  const [dirfd = 0n, path = 0n, , size = 0n] = args;
  if (entry.name !== "openat2" || size !== BigInt(HOW_SIZE)) return [entry, args];
  const how = readHow(process, args);
  if (how === undefined || (how.resolve & ~noLinks) !== 0n) return [entry, args];
  const allowed = (how.flags & BigInt(O.PATH)) === 0n ? plainFlags : pathFlags;
  const creates = (how.flags & BigInt(O.CREAT)) !== 0n;
  const isPlain = (how.flags & ~BigInt(allowed)) === 0n && how.mode <= (creates ? 0o777n : 0n);
  return isPlain ? [syscallByName.openat, [dirfd, path, how.flags, how.mode]] : [entry, args];
}

/** What openat2() was given; undefined if its memory cannot be read. */
function readHow({ memory }: ProgramProcess, args: Args) {
  const bytes = memory.read(args[2] ?? 0n, HOW_SIZE);
  if (bytes.length !== HOW_SIZE) return undefined;
  translateOpenHow(bytes);
  const [flags = 0n, mode = 0n, resolve = 0n] = [0, 8, 16].map((at) =>
    viewOf(bytes).getBigUint64(at, true),
  );
  return { flags, mode, resolve };
}
