// SPDX-License-Identifier: MIT
import type { AddressSpace, Mapping } from "./address-space.js";
import {
  type ElfHeader,
  type FunctionSymbol,
  FunctionTable,
  type OpenFile,
  openMapped,
  type ReadBytes,
  readHeader,
  readSections,
  type Section,
} from "./elf.js";
import { type FrameEntry, findByTable, findInAll, type ReadMemory } from "./frame-entry.js";

/** The kernel compares whole pages; every ELF file starts with its headers. */
const FIRST_PAGE = 4096;
/** Larger unwind information always has a table. */
const MOST_FRAMES = 1 << 24;
const VDSO = "[vdso]";

/** A mapped file that contains code. */
export class Image {
  /** The path of the file, one character for each byte. */
  readonly path: string;
  readonly #space: AddressSpace;
  readonly #header: ElfHeader | undefined;
  readonly #bias: number;
  readonly #file: OpenFile | undefined;
  readonly #sections: readonly Section[];
  #functions: FunctionTable | undefined;
  #frames: ReadMemory | undefined;

  /** @param start - the mapping with the start of the file, or else the one with the code. */
  constructor(space: AddressSpace, start: Mapping) {
    const { path } = start;
    const inMemory: ReadBytes = (offset, size) => space.read(start.start + offset, size);
    this.path = path;
    this.#space = space;
    this.#header = start.offset === 0 ? readHeader(inMemory) : undefined;
    this.#bias = start.start - (this.#header?.start ?? start.offset);
    this.#file = this.#header && openImage(path, inMemory);
    this.#sections = this.#file === undefined ? [] : readSections(this.#file.read);
  }

  close(): void {
    this.#file?.close();
  }

  /** Where an address is in the file, as `addr2line` takes it. */
  offset(address: number): number {
    return address - this.#bias;
  }

  /** The function that contains an address, from the symbols of the file. */
  function(address: number): FunctionSymbol | undefined {
    if (this.#file === undefined) return undefined;
    this.#functions ??= new FunctionTable(this.#file.read, this.#sections);
    const found = this.#functions.find(this.offset(address));
    return found && { name: found.name, start: found.start + this.#bias };
  }

  /** The unwind information of the function that contains an address. */
  frameEntry(address: number): FrameEntry | undefined {
    const read: ReadMemory = (at, size) => this.#space.read(at, size);
    const header = this.#header?.frames;
    if (header !== undefined) return findByTable(read, header + this.#bias, address);
    // Static programs have no table.
    const section = this.#sections.find(({ name }) => name === ".eh_frame");
    if (section === undefined || section.size > MOST_FRAMES) return undefined;
    const frames = { address: section.address + this.#bias, size: section.size };
    this.#frames ??= within(read(frames.address, frames.size), frames.address);
    return findInAll(this.#frames, frames, address);
  }
}

function openImage(path: string, inMemory: ReadBytes): OpenFile | undefined {
  // The kernel's own image has no file, but is in memory as a whole.
  if (path === VDSO) return { read: inMemory, close: () => {} };
  return path.startsWith("/") ? openMapped(path, inMemory(0, FIRST_PAGE)) : undefined;
}

/** Reads from a copy of memory. */
function within(bytes: Uint8Array, start: number): ReadMemory {
  return (at, size) => (at < start ? new Uint8Array() : bytes.slice(at - start, at - start + size));
}

/** The mapped files of a thread. */
export class Images {
  readonly #space: AddressSpace;
  readonly #known = new Map<number, Image>();

  constructor(space: AddressSpace) {
    this.#space = space;
  }

  /** The image with the code at an address; undefined where there is no code. */
  at(address: number): Image | undefined {
    const mapping = this.#space.mapping(address);
    if (mapping === undefined || !mapping.executable) return undefined;
    const isFile = mapping.path !== "";
    const start = (isFile && this.#space.startOf(mapping)) || mapping;
    const known = this.#known.get(start.start);
    if (known !== undefined) return known;
    const image = new Image(this.#space, start);
    this.#known.set(start.start, image);
    return image;
  }

  close(): void {
    for (const image of this.#known.values()) image.close();
    this.#known.clear();
  }
}
