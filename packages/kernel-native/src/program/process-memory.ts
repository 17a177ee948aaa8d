// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { Errno } from "@bpf-token/uapi";
import { type Addon, loadAddon } from "../process/addon.js";

const PAGE = 4096;

/** The memory of a process of the host. */
export class ProcessMemory {
  readonly #tid: number;
  readonly #addon: Addon = loadAddon();
  #fd: number | undefined;

  constructor(tid: number) {
    this.#tid = tid;
    try {
      this.#open();
    } catch {
      // A process that has ended; a later read or write finds that out.
    }
  }

  /**
   * Reads memory as far as it is readable.
   *
   * @returns at most `size` bytes: fewer where the rest is not readable, none for a bad address.
   */
  read(address: bigint, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let used = 0;
    while (used < size) {
      const got = this.#readSome(bytes, used, address);
      if (got === 0) break;
      used += got;
    }
    return used === size ? bytes : bytes.slice(0, used);
  }

  /** Reads a text with its final NUL; without a NUL in reach, everything up to `most` bytes. */
  readText(address: bigint, most: number): Uint8Array {
    const bytes = new Uint8Array(most);
    let used = 0;
    while (used < most) {
      // Page by page, because what follows the text need not be readable.
      const room = PAGE - ((Number(address & 4095n) + used) % PAGE);
      const got = this.#readSome(bytes.subarray(0, Math.min(most, used + room)), used, address);
      if (got === 0) break;
      const end = bytes.indexOf(0, used);
      used += got;
      if (end >= 0 && end < used) return bytes.slice(0, end + 1);
    }
    return bytes.slice(0, used);
  }

  /** Writes memory. Returns whether all of it is writable. */
  write(address: bigint, bytes: Uint8Array): boolean {
    try {
      // A process that has ended may have left its number to another one: the open file is still its own.
      const fd = this.#open();
      if (readSync(fd, new Uint8Array(1), 0, 1, Number(address)) !== 1) return false;
      const written = this.#addon.writeMemory(this.#tid, Number(address), bytes);
      if (!UNREACHED.includes(-written)) return written === bytes.length;
      return writeSync(fd, bytes, 0, bytes.length, Number(address)) === bytes.length;
    } catch {
      return false;
    }
  }

  /**
   * Whether the process still has this memory: execve(2) and its end take it away.
   *
   * @param address - one that was readable.
   */
  isAlive(address: bigint): boolean {
    return this.#readFile(new Uint8Array(1), address) === 1;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    this.#fd ??= openSync(`/proc/${this.#tid}/mem`, "r+");
    return this.#fd;
  }

  #readSome(bytes: Uint8Array, from: number, address: bigint): number {
    const at = address + BigInt(from);
    // No program has memory that high.
    if (at === 0n || at > BigInt(Number.MAX_SAFE_INTEGER)) return 0;
    const part = bytes.subarray(from);
    const got = this.#addon.readMemory(this.#tid, Number(at), part);
    return UNREACHED.includes(-got) ? this.#readFile(part, at) : Math.max(got, 0);
  }

  /** Reads memory without its protection. */
  #readFile(bytes: Uint8Array, at: bigint): number {
    try {
      return readSync(this.#open(), bytes, 0, bytes.length, Number(at));
    } catch {
      return 0;
    }
  }
}

/** Errors where only the open file reaches the memory: its first thread has ended, or the process hides. */
const UNREACHED: readonly number[] = [Errno.ESRCH, Errno.EPERM];
