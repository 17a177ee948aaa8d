// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { ProcessMemory } from "../process-memory.js";
import { ByteReader } from "./bytes.js";

/** A line of `/proc/TID/maps`. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly executable: boolean;
  /** Where the mapping starts in its file. */
  readonly offset: number;
  /** Differs for files with the same path. */
  readonly key: string;
  /** As the kernel writes it, one character for each byte: `/usr/bin/ls`, `[vdso]`, or empty. */
  readonly path: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) ..(.). ([0-9a-f]+) (\S+ \d+) *(.*)$/gm;

/** Parses `/proc/TID/maps`, which is in order of the addresses. */
export function parseMaps(text: string): readonly Mapping[] {
  return [...text.matchAll(LINE)].map(
    ([, start = "", end = "", x, offset = "", file = "", path = ""]) => ({
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      executable: x === "x",
      offset: Number.parseInt(offset, 16),
      key: `${file} ${path}`,
      path,
    }),
  );
}

/** The memory of a thread, and what is mapped there. */
export class AddressSpace {
  readonly #memory: ProcessMemory;
  readonly #mappings: readonly Mapping[];

  /** @throws an error of the system if the thread has ended. */
  constructor(tid: number) {
    this.#mappings = parseMaps(readFileSync(`/proc/${tid}/maps`, "latin1"));
    this.#memory = new ProcessMemory(tid);
  }

  close(): void {
    this.#memory.close();
  }

  /** The mapping that contains an address. */
  mapping(address: number): Mapping | undefined {
    return this.#mappings.find(({ start, end }) => start <= address && address < end);
  }

  /** The mapping with the start of the file of a mapping, which is at a lower address. */
  startOf({ key, start }: Mapping): Mapping | undefined {
    const isStart = (one: Mapping): boolean =>
      one.key === key && one.offset === 0 && one.start <= start;
    return this.#mappings.findLast(isStart);
  }

  /** Reads memory as far as it is readable. */
  read(address: number, size: number): Uint8Array {
    return address < 0 ? new Uint8Array() : this.#memory.read(BigInt(address), size);
  }

  /** A number of 64 bits; undefined if it is not readable. */
  word(address: number): number | undefined {
    const bytes = this.read(address, 8);
    return bytes.length < 8 ? undefined : new ByteReader(bytes).u64();
  }
}
