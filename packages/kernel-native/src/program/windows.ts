// SPDX-License-Identifier: MIT
import { BAD_ADDRESS, type Mem, type Ptr } from "@bpf-token/uapi";
import type { ProcessMemory } from "./process-memory.js";

interface Window {
  readonly address: bigint;
  readonly before: Uint8Array;
  readonly now: Uint8Array;
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
    for (const { address, before, now } of this.#windows) {
      let first = 0;
      let last = now.length;
      while (first < last && now[first] === before[first]) first++;
      while (last > first && now[last - 1] === before[last - 1]) last--;
      if (first < last) this.#memory.write(address + BigInt(first), now.subarray(first, last));
    }
  }
}
