// SPDX-License-Identifier: MIT
// Finds functions in executables and libraries: ELF files for the machine, not for BPF.
import { raw, type Task } from "@bpf-token/syscall";
import { AT, Errno, errnoName, O } from "@bpf-token/uapi";
import type { Program } from "../objects/program.js";
import { AttachError } from "./error.js";

const HEADER = 64;
const SECTION = 64;
const SYMBOL = 24;
const SYMTAB = 2;
const DYNSYM = 11;
const FUNC = 2;
/** Real symbol and string tables are smaller; a file that claims more is malformed. */
const LARGEST = 256 << 20;

interface Section {
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * Returns the file offset of a function, in bytes.
 *
 * @throws AttachError if the file cannot be opened, is no 64-bit ELF file, or lacks the function.
 */
export function placeInFile(program: Program, path: string, name: string): number {
  const { task } = program;
  const fd = raw.openat(task, AT.FDCWD, path, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) throw AttachError.unopened(program.name, path, fd);
  try {
    return find(new File(task, fd), name);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new AttachError(program.name, `'${path}' ${error.message}`);
  } finally {
    raw.close(task, fd);
  }
}

/** What is wrong with a file; the message follows the file's name. */
class FileError extends Error {}

/** Reads a file in parts, because executables can have hundreds of megabytes. */
class File {
  readonly #task: Task;
  readonly #fd: number;

  constructor(task: Task, fd: number) {
    this.#task = task;
    this.#fd = fd;
  }

  part(offset: number, size: number): DataView<ArrayBuffer> {
    if (size > LARGEST) throw new FileError(`claims that a part of it has ${size} bytes`);
    const at = raw.lseek(this.#task, this.#fd, offset, 0);
    const bytes = new Uint8Array(size);
    let done = Math.min(at, 0);
    while (done >= 0 && done < size) {
      const rest = bytes.subarray(done);
      const n = raw.read(this.#task, this.#fd, rest, rest.length);
      if (n === -Errno.EINTR) continue;
      if (n === 0) throw new FileError("ends too early for an ELF file");
      done = n < 0 ? n : done + n;
    }
    if (done < 0) throw new FileError(`cannot be read: ${errnoName(done)}`);
    return new DataView(bytes.buffer);
  }
}

function find(file: File, name: string): number {
  const sections = sectionsOf(file);
  // Exported symbols first, because that table is smaller.
  for (const kind of [DYNSYM, SYMTAB]) {
    for (const table of sections.filter(({ type }) => type === kind)) {
      const place = inTable(file, sections, table, name);
      if (place !== undefined) return place;
    }
  }
  throw new FileError(`has no function '${name}'; for a file without symbols, set offset instead`);
}

function sectionsOf(file: File): readonly Section[] {
  const header = file.part(0, HEADER);
  const elf = header.getUint32(0) === 0x7f454c46;
  if (!elf || header.getUint8(4) !== 2 || header.getUint8(5) !== 1) {
    throw new FileError("is not a 64-bit little-endian ELF file");
  }
  const [at, count] = [number(header, 40), header.getUint16(60, true)];
  const table = file.part(at, count * SECTION);
  return Array.from({ length: count }, (_, i) => ({
    type: table.getUint32(i * SECTION + 4, true),
    address: number(table, i * SECTION + 16),
    offset: number(table, i * SECTION + 24),
    size: number(table, i * SECTION + 32),
    link: table.getUint32(i * SECTION + 40, true),
  }));
}

function number(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function inTable(
  file: File,
  sections: readonly Section[],
  table: Section,
  name: string,
): number | undefined {
  const names = sections[table.link];
  if (names === undefined) throw new FileError("has symbols without names");
  const wanted = placesOf(file.part(names.offset, names.size), name);
  const symbols = file.part(table.offset, table.size);
  for (let at = 0; at + SYMBOL <= table.size; at += SYMBOL) {
    if (!wanted.has(symbols.getUint32(at, true))) continue;
    const type = symbols.getUint8(at + 4) & 0xf;
    const section = sections[symbols.getUint16(at + 6, true)];
    if (type !== FUNC || !section?.offset) continue;
    return number(symbols, at + 8) - section.address + section.offset;
  }
  return undefined;
}

/** Returns the offsets of a name in a string table; a name can be the end of a longer one. */
function placesOf(names: DataView<ArrayBuffer>, name: string): ReadonlySet<number> {
  const text = new TextDecoder("latin1").decode(names);
  const found = new Set<number>();
  // latin1 decodes byte by byte, so non-ASCII names must be converted from UTF-8.
  const wanted = `${new TextDecoder("latin1").decode(new TextEncoder().encode(name))}\0`;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) found.add(at);
  return found;
}
