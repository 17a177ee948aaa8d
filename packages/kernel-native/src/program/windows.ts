// SPDX-License-Identifier: MIT
import { BAD_ADDRESS, type Mem, type Ptr } from "@bpf-token/uapi";
import { STAT_SIZE, statSize, translateOpenHow, translateStat } from "./machine.js";
import type { ProcessMemory } from "./process-memory.js";

interface Window {
  readonly address: bigint;
  readonly before: Uint8Array;
  readonly now: Uint8Array;
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

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  /** The memory at an address: `size` bytes, or fewer at the end of what is readable. */
  at(address: bigint, size: number): Ptr {
    if (address === 0n) return null;
    const now = this.#memory.read(address, size);
    if (now.length === 0 && size > 0) return BAD_ADDRESS;
    return { bytes: this.keep(address, now) };
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
    if (size === STAT_SIZE) return this.at(address, size);
    if (address === 0n) return null;
    if (this.#memory.read(address, size).length < size) return BAD_ADDRESS;
    const now = new Uint8Array(STAT_SIZE);
    this.#windows.push({ address, before: now.slice(), now, translate: translateStat });
    return { bytes: now };
  }

  /** A text with its NUL. */
  text(address: bigint, most: number): Ptr {
    if (address === 0n) return null;
    const bytes = this.#memory.readText(address, most);
    return bytes.length === 0 ? BAD_ADDRESS : ({ bytes, dir: "in" } satisfies Mem);
  }

  /** Registers bytes whose changes {@link Windows.writeBack} writes to an address. */
  keep(address: bigint, now: Uint8Array): Uint8Array {
    this.#windows.push({ address, before: now.slice(), now });
    return now;
  }

  /** Writes what the kernel changed. */
  writeBack(): void {
    for (const { address, before, now, translate } of this.#windows) {
      let first = 0;
      let last = now.length;
      while (first < last && now[first] === before[first]) first++;
      while (last > first && now[last - 1] === before[last - 1]) last--;
      if (first >= last) continue;
      if (translate !== undefined) this.#memory.write(address, translate(now));
      else this.#memory.write(address + BigInt(first), now.subarray(first, last));
    }
  }
}
