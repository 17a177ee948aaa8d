// SPDX-License-Identifier: MIT
import type { Facts, TrialAnswer } from "@bpf-token/diagnose";
import { Collection, LoadError, Token } from "@bpf-token/loader";
import type { ObjectSpec } from "@bpf-token/object";
import {
  BpfError,
  createToken,
  KernelLostError,
  OwnedFd,
  raw,
  SafetyError,
  type Task,
} from "@bpf-token/syscall";
import { AT, attrLayout, BpfCmd, Errno, errnoName, newestRelease, O } from "@bpf-token/uapi";
import { InconclusiveError } from "../usage.js";
import { throwMalformed } from "./malformed.js";

type Objects = ReadonlyMap<string, ObjectSpec>;

/** The helper has room for as many directories; a hostile container may have any number. */
export const MOST_TRIED = 64;
/** The kernel opens no longer path, and executes no program with one of 128 KiB as an argument. */
const PATH_MAX = 4096;

/**
 * Creates a token from each of the first {@link MOST_TRIED} BPF filesystems of a process and loads the objects with it. Closes all of
 * it at once. For another process, a helper makes the calls with the permissions of that process.
 *
 * @throws InconclusiveError if the calls cannot be made here, or the process cannot be joined.
 */
export async function makeTrial(all: Facts, objects: Objects): Promise<readonly TrialAnswer[]> {
  const facts = { ...all, bpffs: all.bpffs.slice(0, MOST_TRIED) };
  const native = await import("@bpf-token/kernel-native");
  try {
    if (facts.pid === process.pid) {
      const task = native.currentTask();
      const first = facts.seccomp === 2 ? [tryClosed(task)] : [];
      return [...first, ...(await tryAll(task, openAll(task, facts), objects))];
    }
    const paths = facts.bpffs.map(({ path }) => path);
    const directories = paths.filter((path) => Buffer.byteLength(path) < PATH_MAX);
    const capabilities = BigInt(`0x${facts.capabilities.effective}`);
    const kernel = native.openJoinedKernel({ pid: facts.pid, capabilities, directories });
    try {
      const opened = paths.map((path): Directory => {
        const i = directories.indexOf(path);
        return [path, i < 0 ? -Errno.ENAMETOOLONG : native.FIRST_DIRECTORY_FD + i];
      });
      return await tryAll(kernel.init, opened, objects);
    } finally {
      kernel.close();
    }
  } catch (error) {
    if (error instanceof native.NativeUnavailableError) {
      throw new InconclusiveError(
        `doctor: --try cannot act for process ${facts.pid}: ${error.why}`,
      );
    }
    if (!(error instanceof KernelLostError || error instanceof SafetyError)) throw error;
    throw new InconclusiveError(`doctor: --try did not finish: ${error.message}`);
  }
}

/** Makes a call that the kernel answers with EBADF to every caller. A seccomp filter can refuse it. */
function tryClosed(task: Task): TrialAnswer {
  const { bytes } = attrLayout("MAP_LOOKUP_ELEM", newestRelease).encode({ map_fd: 0xffff_ffff });
  const ret = raw.bpf(task, BpfCmd.MAP_LOOKUP_ELEM, bytes, bytes.length);
  return { closed: true, answer: errnoName(ret) ?? String(ret) };
}

/** A BPF filesystem with the fd of its directory, or with -errno if it cannot be opened. */
type Directory = readonly [path: string, fd: number];

function openAll(task: Task, { bpffs }: Facts): readonly Directory[] {
  const flags = O.RDONLY | O.DIRECTORY | O.CLOEXEC;
  return bpffs.map(({ path }) => [path, raw.openat(task, AT.FDCWD, path, flags, 0)]);
}

async function tryAll(
  task: Task,
  directories: readonly Directory[],
  objects: Objects,
): Promise<readonly TrialAnswer[]> {
  const answers: TrialAnswer[] = [];
  let hasToken = false;
  for (const [path, fd] of directories) {
    if (fd < 0) {
      answers.push({ path, answer: errnoName(fd) ?? String(fd) });
      continue;
    }
    const directory = OwnedFd.adopt(task, fd, "dir", { syscall: "openat" });
    try {
      const token = Token.of(createToken(task, directory));
      hasToken = true;
      answers.push({ path, answer: "ok" });
      for (const [file, object] of objects) {
        answers.push({ path, ...(await tryLoad(task, file, object, token)) });
      }
      token.close();
    } catch (error) {
      if (!BpfError.is(error)) throw error;
      answers.push({ path, answer: error.code });
    } finally {
      directory.close();
    }
  }
  if (hasToken) return answers;
  for (const [file, object] of objects) answers.push(await tryLoad(task, file, object, "never"));
  return answers;
}

async function tryLoad(
  task: Task,
  file: string,
  object: ObjectSpec,
  token: Token | "never",
): Promise<TrialAnswer> {
  // A pinned map would stay.
  const maps = object.maps.map((map) => ({ ...map, pinning: "none" as const }));
  try {
    const loaded = await Collection.loadAsync(task, { ...object, maps }, { token });
    loaded.close();
    return { file, answer: "ok" };
  } catch (error) {
    if (!(error instanceof LoadError)) throwMalformed(file, error);
    const { code = "refused", reason, missing, log } = error;
    const byVerifier = missing.length === 0 && log !== "";
    return { file, answer: code, reason, ...(byVerifier ? { byVerifier } : {}) };
  }
}
