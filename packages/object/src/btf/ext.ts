// SPDX-License-Identifier: MIT
import { Bytes } from "../bytes.js";
import type { Btf } from "./btf.js";
import { BTF_MAGIC } from "./layout.js";

/**
 * func_info or line_info records, as `bpf(PROG_LOAD)` takes them. Each record begins with the
 * offset of its instruction. Decode them with {@link decodeFuncInfo} and {@link decodeLineInfo}.
 */
export interface InfoRecords {
  /** Size of one record in bytes. */
  readonly recordSize: number;
  /** The number of records. */
  readonly count: number;
  /** The records. */
  readonly bytes: Uint8Array;
}

/** A function and where it begins. Returned by {@link decodeFuncInfo}. */
export interface FuncInfo {
  /** In bytes for a section, in instructions for a program. */
  readonly offset: number;
  /** Type id of the FUNC. */
  readonly type: number;
}

/** An instruction and its source line. Returned by {@link decodeLineInfo}. */
export interface LineInfo {
  /** In bytes for a section, in instructions for a program. */
  readonly offset: number;
  /** Path of the source file. */
  readonly file: string;
  /** The source line. */
  readonly text: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Column number. */
  readonly column: number;
}

/**
 * The records of `.BTF.ext`, by the section that they describe. Returned by {@link parseBtfExt}.
 */
export interface BtfExt {
  /** func_info records. */
  readonly funcInfo: ReadonlyMap<string, InfoRecords>;
  /** line_info records. */
  readonly lineInfo: ReadonlyMap<string, InfoRecords>;
  /** CO-RE relocation records. */
  readonly coreRelocations: ReadonlyMap<string, InfoRecords>;
}

/**
 * Parses the section `.BTF.ext`.
 *
 * @param btf - the object's BTF, which has the strings.
 * @throws ObjectFormatError for malformed bytes.
 * @example
 * ```ts
 * const ext = parseBtfExt(section.data, btf);
 * decodeLineInfo(ext.lineInfo.get("xdp"), btf);
 * ```
 */
export function parseBtfExt(raw: Uint8Array, btf: Btf): BtfExt {
  const bytes = new Bytes(".BTF.ext", raw);
  if (bytes.length < 24 || bytes.u16(0) !== BTF_MAGIC) bytes.fail(0, "not .BTF.ext: bad magic");
  if (bytes.u8(2) !== 1) bytes.fail(2, `.BTF.ext version ${bytes.u8(2)} is not supported`);
  const header = bytes.u32(4);
  if (header < 24) bytes.fail(4, `the header has only ${header} bytes`);
  const table = (at: number, smallest: number, what: string): Map<string, InfoRecords> => {
    // Old compilers write a header without the CO-RE table.
    if (at + 8 > header) return new Map();
    const [start, length] = [header + bytes.u32(at), bytes.u32(at + 4)];
    bytes.check(start, length, what);
    return length === 0 ? new Map() : readTable(bytes, start, start + length, smallest, btf);
  };
  return {
    funcInfo: table(8, 8, "func_info"),
    lineInfo: table(16, 16, "line_info"),
    coreRelocations: table(24, 16, "core_relo"),
  };
}

function readTable(
  bytes: Bytes,
  start: number,
  end: number,
  smallest: number,
  btf: Btf,
): Map<string, InfoRecords> {
  const recordSize = bytes.u32(start);
  if (recordSize < smallest || recordSize % 4 !== 0) {
    bytes.fail(start, `a record size of ${recordSize} bytes is not valid`);
  }
  const found = new Map<string, InfoRecords>();
  let at = start + 4;
  while (at < end) {
    if (at + 8 > end) bytes.fail(at, "the head of a section is cut off");
    const [name, count] = [btf.string(bytes.u32(at)), bytes.u32(at + 4)];
    if (count === 0) bytes.fail(at + 4, `no record for section ${name}`);
    const length = count * recordSize;
    if (at + 8 + length > end) bytes.fail(at, `${count} records for section ${name} do not fit`);
    if (found.has(name)) bytes.fail(at, `section ${name} has records twice`);
    found.set(name, { recordSize, count, bytes: bytes.slice(at + 8, length, "records") });
    at += 8 + length;
  }
  return found;
}

/** Returns the instruction offset of a record. */
export function offsetOfRecord({ bytes, recordSize }: InfoRecords, index: number): number {
  return new Bytes(".BTF.ext", bytes).u32(index * recordSize);
}

/**
 * Decodes func_info records.
 *
 * @example
 * ```ts
 * decodeFuncInfo(object.functions[0].funcInfo); // [{ offset: 0, type: 12 }]
 * ```
 */
export function decodeFuncInfo(records: InfoRecords): FuncInfo[] {
  const bytes = new Bytes(".BTF.ext", records.bytes);
  return starts(records).map((at) => ({ offset: bytes.u32(at), type: bytes.u32(at + 4) }));
}

/**
 * Decodes line_info records.
 *
 * @param btf - the object's BTF, which has the file names and source lines.
 * @example
 * ```ts
 * for (const { file, line, text } of decodeLineInfo(records, btf)) console.log(file, line, text);
 * ```
 */
export function decodeLineInfo(records: InfoRecords, btf: Btf): LineInfo[] {
  const bytes = new Bytes(".BTF.ext", records.bytes);
  return starts(records).map((at) => {
    const place = bytes.u32(at + 12);
    return {
      offset: bytes.u32(at),
      file: btf.string(bytes.u32(at + 4)),
      text: btf.string(bytes.u32(at + 8)),
      line: place >>> 10,
      column: place & 0x3ff,
    };
  });
}

function starts({ count, recordSize }: InfoRecords): number[] {
  return Array.from({ length: count }, (_, i) => i * recordSize);
}
