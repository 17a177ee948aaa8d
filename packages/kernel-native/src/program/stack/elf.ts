// SPDX-License-Identifier: MIT
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ByteReader } from "./bytes.js";

const HEADER_SIZE = 64;
const EH_FRAME_HEADER = 0x6474_e550;
const LOAD = 1;
const SYMTAB = 2;
const DYNSYM = 11;
const SYMBOL_SIZE = 24;
/** Of one section of a file; further symbols have no names. */
const MOST = 1 << 28;

/** Reads bytes of a file, or of a file in memory, as far as they exist. */
export type ReadBytes = (offset: number, size: number) => Uint8Array;

/** What the header of an ELF file leads to, at addresses of the file. */
export interface ElfHeader {
  /** The address of the first byte of the file. */
  readonly start: number;
  /** Where .eh_frame_hdr is. */
  readonly frames?: number | undefined;
}

/** Reads the header of an ELF file of 64 bits. */
export function readHeader(read: ReadBytes): ElfHeader | undefined {
  const header = headerOf(read);
  if (header === undefined) return undefined;
  header.at = 32;
  const at = header.u64();
  header.at = 54;
  const [size, count] = [header.u16(), header.u16()];
  const segments = [...Array(count).keys()].flatMap((i) => {
    const bytes = read(at + i * size, 56);
    if (bytes.length < 56) return [];
    const reader = new ByteReader(bytes);
    const type = reader.u32();
    reader.at = 8;
    return [{ type, offset: reader.u64(), address: reader.u64() }];
  });
  const first = segments.find(({ type }) => type === LOAD);
  if (first === undefined) return undefined;
  const frames = segments.find(({ type }) => type === EH_FRAME_HEADER)?.address;
  return { start: first.address - first.offset, frames };
}

function headerOf(read: ReadBytes): ByteReader | undefined {
  const bytes = read(0, HEADER_SIZE);
  const is64Bit = [0x7f, 0x45, 0x4c, 0x46, 2, 1].every((byte, i) => bytes[i] === byte);
  return bytes.length < HEADER_SIZE || !is64Bit ? undefined : new ByteReader(bytes);
}

/** A section of an ELF file. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** Reads the sections of an ELF file. */
export function readSections(read: ReadBytes): readonly Section[] {
  const header = headerOf(read);
  if (header === undefined) return [];
  header.at = 40;
  const at = header.u64();
  header.at = 58;
  const [size, count, names] = [header.u16(), header.u16(), header.u16()];
  const all = [...Array(count).keys()].flatMap((i) => {
    const bytes = read(at + i * size, 64);
    if (bytes.length < 64) return [];
    const reader = new ByteReader(bytes);
    const [name, type] = [reader.u32(), reader.u32()];
    reader.at = 16;
    const [address, offset, length] = [reader.u64(), reader.u64(), reader.u64()];
    return [{ name, type, address, offset, size: length, link: reader.u32() }];
  });
  const texts = bytesOf(read, all[names]);
  return all.map((section) => ({ ...section, name: textAt(texts, section.name) }));
}

/** A function of an ELF file. */
export interface FunctionSymbol {
  readonly name: string;
  readonly start: number;
}

/** The functions of an ELF file. */
export class FunctionTable {
  readonly #symbols: DataView;
  readonly #texts: Uint8Array;

  constructor(read: ReadBytes, sections: readonly Section[]) {
    const ofType = (wanted: number) => sections.find(({ type }) => type === wanted);
    const table = ofType(SYMTAB) ?? ofType(DYNSYM);
    const { buffer, byteOffset, byteLength } = bytesOf(read, table);
    this.#symbols = new DataView(buffer, byteOffset, byteLength);
    this.#texts = bytesOf(read, table && sections[table.link]);
  }

  /**
   * Finds the function that contains an address of the file. Of several names it takes the one with
   * the fewest leading underscores, as `openat` in place of `__openat`.
   */
  find(address: number): FunctionSymbol | undefined {
    const view = this.#symbols;
    const found: FunctionSymbol[] = [];
    for (let at = 0; at + SYMBOL_SIZE <= view.byteLength; at += SYMBOL_SIZE) {
      if (!isFunction(view.getUint8(at + 4)) || view.getUint16(at + 6, true) === 0) continue;
      const start = Number(view.getBigUint64(at + 8, true));
      if (start > address || address - start >= Number(view.getBigUint64(at + 16, true))) continue;
      const [name = ""] = textAt(this.#texts, view.getUint32(at, true)).split("@");
      if (name !== "") found.push({ name, start });
    }
    const underscores = ({ name }: FunctionSymbol): number => name.search(/[^_]/);
    return found.sort((a, b) => underscores(a) - underscores(b))[0];
  }
}

/** STT_FUNC, and STT_GNU_IFUNC. */
function isFunction(info: number): boolean {
  return (info & 15) === 2 || (info & 15) === 10;
}

function bytesOf(read: ReadBytes, section: Omit<Section, "name"> | undefined): Uint8Array {
  if (section === undefined) return new Uint8Array();
  return read(section.offset, section.size);
}

function textAt(texts: Uint8Array, at: number): string {
  const end = texts.indexOf(0, at);
  return end < 0 ? "" : Buffer.from(texts.subarray(at, end)).toString();
}

/** An open file. */
export interface OpenFile {
  readonly read: ReadBytes;
  close(): void;
}

/**
 * Opens the file of a mapping.
 *
 * @param path - as in `/proc/TID/maps`.
 * @param start - the first bytes of the file in memory.
 * @returns undefined if the file is not readable, or is another one by now.
 */
export function openMapped(path: string, start: Uint8Array): OpenFile | undefined {
  const fd = openFile(Buffer.from(path.replaceAll("\\012", "\n"), "latin1"));
  if (fd === undefined) return undefined;
  const length = fstatSync(fd).size;
  const read: ReadBytes = (offset, size) => {
    if (!(offset < length)) return new Uint8Array();
    const bytes = new Uint8Array(Math.min(size, length - offset, MOST));
    try {
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset));
    } catch {
      return new Uint8Array();
    }
  };
  const close = (): void => closeSync(fd);
  const own = read(0, start.length);
  const same = Buffer.compare(own, start.subarray(0, own.length)) === 0;
  if (same && own.length >= HEADER_SIZE) return { read, close };
  close();
  return undefined;
}

/** Opens a file, without a wait if the path is that of a pipe by now. */
function openFile(path: Buffer): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}
