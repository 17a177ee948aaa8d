// SPDX-License-Identifier: MIT
import { BAD_ADDRESS, type Mem, type Ptr } from "@bpf-token/uapi";
import { STAT_SIZE, statSize, translateOpenHow, translateStat } from "./machine.js";
import type { ProcessMemory } from "./process-memory.js";

interface Window {
  readonly address: bigint;
  readonly before: Uint8Array;
  readonly now: Uint8Array;
  /** A byte that the kernel writes if the call succeeds, even if it keeps its value. */
  readonly written?: number | undefined;
  /** Makes what the program gets. */
  readonly translate?: (bytes: Uint8Array) => Uint8Array;
}

/**
 * The memory of one call: pieces of the program's memory that the other kernel reads and writes.
 * Each piece ends where the program's memory ends, so a fault is one there too.
 */
export class Windows {
  readonly #memory: ProcessMemory;
  readonly #windows: Window[] = [];
  /** What {@link Windows.at} returned: one piece of memory stays one, because the kernel compares addresses. */
  readonly #known = new Map<string, Mem>();

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  /**
   * The memory at an address: `size` bytes, or fewer at the end of what is readable.
   *
   * @param written - a byte that the kernel writes if the call succeeds.
   */
  at(address: bigint, size: number, written?: number): Ptr {
    if (address === 0n) return null;
    const key = `${address} ${size}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const now = this.#memory.read(address, size);
    if (now.length === 0 && size > 0) return BAD_ADDRESS;
    const made = { bytes: this.keep(address, now, written) };
    this.#known.set(key, made);
    return made;
  }

  /** A `struct open_how`, which the kernel only reads. */
  openHow(address: bigint, size: number): Ptr {
    if (address === 0n) return null;
    const bytes = this.#memory.read(address, size);
    translateOpenHow(bytes);
    return bytes.length === 0 && size > 0 ? BAD_ADDRESS : ({ bytes, dir: "in" } satisfies Mem);
  }

  /** A `struct stat`, which the kernel only writes. */
  stat(address: bigint): Ptr {
    const size = statSize();
    if (size === STAT_SIZE) return this.at(address, size, 0);
    if (address === 0n) return null;
    if (this.#memory.read(address, size).length < size) return BAD_ADDRESS;
    const now = new Uint8Array(STAT_SIZE);
    const translate = translateStat;
    this.#windows.push({ address, before: now.slice(), now, written: 0, translate });
    return { bytes: now };
  }

  /** A text with its NUL. */
  text(address: bigint, most: number): Ptr {
    if (address === 0n) return null;
    const bytes = this.#memory.readText(address, most);
    return bytes.length === 0 ? BAD_ADDRESS : ({ bytes, dir: "in" } satisfies Mem);
  }

  /** Registers bytes whose changes {@link Windows.writeBack} writes to an address. */
  keep(address: bigint, now: Uint8Array, written?: number): Uint8Array {
    this.#windows.push({ address, before: now.slice(), now, written });
    return now;
  }

  /**
   * Writes what the kernel wrote.
   *
   * @param succeeded - whether the call did, and its result says that it wrote something.
   * @returns false if the program may not write there: the call would have been EFAULT.
   */
  writeBack(succeeded: boolean): boolean {
    return this.#windows.every((window) => this.#writeOne(window, succeeded));
  }

  #writeOne({ address, before, now, written, translate }: Window, succeeded: boolean): boolean {
    let first = 0;
    let last = now.length;
    while (first < last && now[first] === before[first]) first++;
    while (last > first && now[last - 1] === before[last - 1]) last--;
    if (first >= last) {
      if (!succeeded || written === undefined || written >= now.length) return true;
      [first, last] = [written, written + 1];
    }
    if (translate !== undefined) return this.#memory.write(address, translate(now));
    return this.#memory.write(address + BigInt(first), now.subarray(first, last));
  }
}
