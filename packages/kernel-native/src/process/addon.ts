// SPDX-License-Identifier: MIT
import { constants, existsSync } from "node:fs";
import { NativeUnavailableError } from "../errors.js";
import { type Found, findPrebuilt, isProgramArch, programArchs } from "../prebuilt.js";

/** Environment variable with the path of an addon that replaces the bundled one. */
export const ADDON_VARIABLE = "BPF_TOKEN_ADDON";

/** The functions of the addon; see native/addon/napi.c. */
export interface Addon {
  /** Page size in bytes. */
  readonly pageSize: number;
  /**
   * Makes the call in a frame and writes the kernel's output to `reply`. Returns ≥ 0 or `-errno`.
   */
  call(frame: Uint8Array, reply: Uint8Array): number;
  /** Calls bpf() with memory for the pointers at some offsets of the attr. */
  bpf(cmd: number, attr: Uint8Array, ...slots: readonly (number | Uint8Array)[]): number;
  /**
   * Makes a call on another thread. The result is the return value (8 bytes) and the kernel's
   * output.
   */
  start(frame: Uint8Array): Promise<ArrayBuffer>;
  /**
   * Prepares a call with its own memory. Returns a function that makes it, the attr and the memory.
   */
  prepare(
    cmd: number,
    size: number,
    ...slots: readonly number[]
  ): readonly [() => number, ...ArrayBuffer[]];
  /** Maps memory. Returns it, or `-errno`. */
  map(fd: number, length: number, offset: number, writable: boolean): ArrayBuffer | number;
  /** Unmaps memory. */
  unmap(buffer: ArrayBuffer): void;
  /**
   * Starts a program. Its path and arguments, and its environment, are strings that each end with a
   * NUL. If `ends` has room for two numbers, it runs in the root directory on two pipes, and `ends`
   * gets our ends, for requests and answers. If it has room for one, the program keeps our standard
   * files and directory, its descriptor 3 is a socket, and `ends` gets our end. Returns the process
   * id or `-errno`.
   */
  spawn(strings: Uint8Array, environment: Uint8Array, ends: Uint8Array): number;
  /** Reaps such a program, with its status as wait4() gives it; returns 0 if it still runs. */
  reap(pid: number, status?: Uint8Array): number;
  /** Whether this process has enough free file descriptors for BPF_TOKEN_CREATE. */
  mayCreateToken(): boolean;
  /** Receives the seccomp listener from the interceptor's socket. Returns it, or `-errno`: ENOTCONN at its end. */
  listen(socket: number): number;
  /** Returns an epoll file for `nextCall()` and `giveFile()`, or `-errno`. */
  fileEnds(): number;
  /** Waits for a call. Returns 1 for one, 0 for none, or `-errno`. */
  nextCall(listener: number, ends: number, notice: Uint8Array, milliseconds: number): number;
  /** Answers a call with a value, or lets the host make it. */
  answerCall(listener: number, notice: Uint8Array, host: boolean, value: number): number;
  /** Whether the caller of a call still waits for its answer. */
  isWaiting(listener: number, notice: Uint8Array): boolean;
  /** Reads memory of a process as far as it is readable there. Returns the bytes read, or `-errno`. */
  readMemory(tid: number, address: number, bytes: Uint8Array): number;
  /** Writes memory of a process as far as it is writable there. Returns the bytes written, or `-errno`. */
  writeMemory(tid: number, address: number, bytes: Uint8Array): number;
  /** Returns a file in memory, or `-errno`. */
  memoryFile(size: number): number;
  /** Answers a call with a new file. Returns its number in the caller, or `-errno`. */
  giveFile(
    listener: number,
    ends: number,
    notice: Uint8Array,
    memory: number,
    cloexec: boolean,
  ): number;
}

let loaded: Addon | undefined;

/**
 * Returns the addon, loaded once per thread.
 *
 * @throws NativeUnavailableError if it is not available.
 */
export function loadAddon(): Addon {
  loaded ??= load(process.platform, process.arch);
  return loaded;
}

/** Finds the addon: that of the environment, or the bundled one. */
export function findAddon(platform: string, arch: string): Found {
  if (platform !== "linux") return { why: `it needs Linux 6.9 or newer, and this is ${platform}` };
  if (!isProgramArch(arch)) {
    return { why: `its addon is built for ${programArchs.join(" and ")}, and this is ${arch}` };
  }
  const otherwise =
    "its addon is not built. Fix: run 'npm run tool build:addon', which needs a C compiler";
  const named = process.env[ADDON_VARIABLE];
  if (named) return existsSync(named) ? { path: named } : { why: otherwise };
  return findPrebuilt(`linux-${arch}/bpf-token.node`, constants.F_OK, otherwise);
}

/** @internal */
export function load(platform: string, arch: string): Addon {
  const found = findAddon(platform, arch);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  try {
    const module = { exports: {} };
    process.dlopen(module, found.path);
    return module.exports as Addon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NativeUnavailableError(`its addon does not load: ${reason}`, { cause });
  }
}
