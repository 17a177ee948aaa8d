// SPDX-License-Identifier: MIT
/* Finds the unwind information of a function: .eh_frame, as the Linux Standard Base has it. */
import { ByteReader } from "./bytes.js";

/** What all functions of a compilation unit have in common. */
export interface CommonEntry {
  readonly codeAlign: number;
  readonly dataAlign: number;
  /** The number of the register of the return address. */
  readonly ra: number;
  /** How pointers are written. */
  readonly encoding: number;
  /** Whether the code is that which a signal handler returns to. */
  readonly ofSignal: boolean;
  readonly program: ByteReader;
  /** Whether entries of functions have additional data, whose size is in front of it. */
  readonly augmented: boolean;
}

/** The unwind information of a function. */
export interface FrameEntry {
  readonly common: CommonEntry;
  /** The first address of the function. */
  readonly start: number;
  readonly program: ByteReader;
}

/** Reads memory of the program as far as it is readable. */
export type ReadMemory = (address: number, size: number) => Uint8Array;

/** A 64-bit length, which no compiler writes. */
const EXTENDED = 0xffff_ffff;
/** An entry of one function is never that long. */
const MOST = 1 << 20;
/** The table of .eh_frame_hdr has pairs of these: DW_EH_PE_datarel and DW_EH_PE_sdata4. */
const TABLE = 0x3b;
const UDATA4 = 0x03;

/**
 * Finds the entry of the function that contains an address, by the table of .eh_frame_hdr.
 *
 * @param header - the address of .eh_frame_hdr.
 */
export function findByTable(
  read: ReadMemory,
  header: number,
  address: number,
): FrameEntry | undefined {
  const reader = new ByteReader(read(header, 24), header);
  const [version, frames, counted, encoding] = [0, 0, 0, 0].map(() => reader.u8());
  if (version !== 1 || frames === undefined || counted !== UDATA4 || encoding !== TABLE) {
    return undefined;
  }
  reader.pointer(frames, header);
  const count = reader.u32();
  const table = header + reader.at;
  const pair = (i: number): ByteReader => new ByteReader(read(table + 8 * i, 8));
  // The last function that starts at or before the address.
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (header + pair(middle).i32() <= address) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const found = pair(low - 1);
  found.at = 4;
  return readEntry(read, header + found.i32(), address)?.entry;
}

/** Finds the entry of the function that contains an address, in all of .eh_frame. */
export function findInAll(
  read: ReadMemory,
  section: { readonly address: number; readonly size: number },
  address: number,
): FrameEntry | undefined {
  for (let at = section.address; at < section.address + section.size; ) {
    const found = readEntry(read, at, address);
    if (found === undefined) return undefined;
    if (found.entry !== undefined) return found.entry;
    at = found.end;
  }
  return undefined;
}

/** Reads what is at a place of .eh_frame: the entry, if it is that of the function. */
function readEntry(
  read: ReadMemory,
  at: number,
  address: number,
): { readonly end: number; readonly entry?: FrameEntry | undefined } | undefined {
  const record = readRecord(read, at);
  if (record === undefined) return undefined;
  const end = record.address + record.size;
  const { reader } = record;
  const field = record.address + reader.at;
  const back = reader.u32();
  if (back === 0) return { end };
  const common = readCommon(read, field - back);
  if (common === undefined) return { end };
  const start = reader.pointer(common.encoding);
  const size = reader.pointer(common.encoding & 0x0f);
  if (address < start || address >= start + size) return { end };
  if (common.augmented) reader.bytes(reader.uleb());
  return { end, entry: { common, start, program: reader } };
}

function readRecord(read: ReadMemory, at: number) {
  const length = new ByteReader(read(at, 4)).u32();
  if (length === 0 || length === EXTENDED || length > MOST) return undefined;
  const bytes = read(at + 4, length);
  if (bytes.length < length) return undefined;
  return { address: at + 4, size: length, reader: new ByteReader(bytes, at + 4) };
}

/** Reads a common entry. Returns undefined for one that has more than we know. */
function readCommon(read: ReadMemory, at: number): CommonEntry | undefined {
  const reader = readRecord(read, at)?.reader;
  if (reader === undefined || reader.u32() !== 0) return undefined;
  const version = reader.u8();
  const augmentation = reader.text();
  const codeAlign = reader.uleb();
  const dataAlign = reader.sleb();
  const ra = version === 1 ? reader.u8() : reader.uleb();
  const augmented = augmentation.startsWith("z");
  if (!augmented && augmentation !== "") return undefined;
  const data = augmented ? new ByteReader(reader.bytes(reader.uleb())) : undefined;
  let [encoding, ofSignal] = [0, false];
  for (const letter of data === undefined ? "" : augmentation.slice(1)) {
    if (letter === "R") encoding = data?.u8() ?? 0;
    else if (letter === "L") data?.u8();
    else if (letter === "P") data?.pointer((data?.u8() ?? 0) & 0x0f);
    else if (letter === "S") ofSignal = true;
    // B and G are of arm64: which key signs return addresses, and whether stacks have tags.
    else if (letter !== "B" && letter !== "G") return undefined;
  }
  return { codeAlign, dataAlign, ra, encoding, ofSignal, augmented, program: reader };
}
