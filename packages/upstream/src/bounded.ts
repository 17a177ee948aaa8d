// SPDX-License-Identifier: MIT
import { ByteReader } from "./byte-reader.js";

/** Name of the exported global that holds the remaining loop iterations. */
export const TURNS_LEFT = "turns_left";

/**
 * Upper bound for the iterations of all loops in one call. Loading a program of one million
 * instructions, the kernel's maximum, takes seven million. This many iterations take less than a
 * second.
 */
export const mostTurns = 100_000_000;

/** Numbers of the sections that this file reads or changes. */
const SECTION = { IMPORT: 2, GLOBAL: 6, EXPORT: 7, CODE: 10 };
/** Kinds of imports and exports. */
const KIND = { FUNCTION: 0, TABLE: 1, MEMORY: 2, GLOBAL: 3 };
const OP = { UNREACHABLE: 0x00, LOOP: 0x03, IF: 0x04, END: 0x0b };
const GET_GLOBAL = 0x23;
const SET_GLOBAL = 0x24;
const I32 = 0x7f;
const I32_CONST = 0x41;
const I32_EQZ = 0x45;
const I32_SUB = 0x6b;
const NOTHING = 0x40;

/**
 * Returns a copy of a module in which a call that does not end traps.
 *
 * Each loop iteration decrements a counter, and each exported function resets it. Upstream source
 * may be unfinished work, and nothing else can stop it in the thread that runs it.
 *
 * @param module - the linker's output, compiled for the WebAssembly features in the SDK's flags.
 * @throws RangeError for an instruction of another feature.
 */
export function bounded(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const find = (id: number): Uint8Array | undefined => sections.find((one) => one.id === id)?.body;
  const imported = importsOf(find(SECTION.IMPORT));
  const global = imported.globals + countOf(find(SECTION.GLOBAL));
  const entries = exportedFunctions(find(SECTION.EXPORT));
  const out: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, body } of sections) {
    const changed =
      id === SECTION.GLOBAL
        ? appended(body, [I32, 1, I32_CONST, ...sleb(mostTurns), OP.END])
        : id === SECTION.EXPORT
          ? appended(body, [...text(TURNS_LEFT), KIND.GLOBAL, ...uleb(global)])
          : id === SECTION.CODE
            ? counting(body, global, (i) => entries.has(imported.functions + i))
            : body;
    out.push(Uint8Array.from([id, ...uleb(changed.length)]), changed);
  }
  return joined(out);
}

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

function sectionsOf(module: Uint8Array): readonly Section[] {
  const reader = new ByteReader(module, 8);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.u8(), body: reader.take(reader.uleb()) });
  return sections;
}

function countOf(body: Uint8Array | undefined): number {
  return body === undefined ? 0 : new ByteReader(body).uleb();
}

/** Counts the imported functions and globals, which take the first indices. */
function importsOf(body: Uint8Array | undefined): { functions: number; globals: number } {
  const found = { functions: 0, globals: 0 };
  if (body === undefined) return found;
  const reader = new ByteReader(body);
  for (let left = reader.uleb(); left > 0; left--) {
    reader.take(reader.uleb());
    reader.take(reader.uleb());
    const kind = reader.u8();
    if (kind === KIND.FUNCTION) {
      found.functions++;
      reader.uleb();
    } else if (kind === KIND.GLOBAL) {
      found.globals++;
      reader.take(2);
    } else {
      if (kind === KIND.TABLE) reader.u8();
      const bounds = reader.u8();
      reader.uleb();
      if ((bounds & 1) !== 0) reader.uleb();
    }
  }
  return found;
}

function exportedFunctions(body: Uint8Array | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  if (body === undefined) return found;
  const reader = new ByteReader(body);
  for (let left = reader.uleb(); left > 0; left--) {
    reader.take(reader.uleb());
    const kind = reader.u8();
    const index = reader.uleb();
    if (kind === KIND.FUNCTION) found.add(index);
  }
  return found;
}

/** Returns a list section with one more element. */
function appended(body: Uint8Array, element: readonly number[]): Uint8Array {
  const reader = new ByteReader(body);
  const count = reader.uleb();
  return joined([Uint8Array.from(uleb(count + 1)), reader.rest(), Uint8Array.from(element)]);
}

function counting(
  body: Uint8Array,
  global: number,
  isEntry: (index: number) => boolean,
): Uint8Array {
  const get = [GET_GLOBAL, ...uleb(global)];
  const set = [SET_GLOBAL, ...uleb(global)];
  const turn = Uint8Array.from([
    ...[...get, I32_EQZ, OP.IF, NOTHING, OP.UNREACHABLE, OP.END],
    ...[...get, I32_CONST, 1, I32_SUB, ...set],
  ]);
  const entry = Uint8Array.from([I32_CONST, ...sleb(mostTurns), ...set]);
  const reader = new ByteReader(body);
  const count = reader.uleb();
  const out: Uint8Array[] = [Uint8Array.from(uleb(count))];
  for (let i = 0; i < count; i++) {
    const code = withTurns(reader.take(reader.uleb()), turn, isEntry(i) ? entry : undefined);
    const length = code.reduce((sum, piece) => sum + piece.length, 0);
    out.push(Uint8Array.from(uleb(length)), ...code);
  }
  return joined(out);
}

/** Inserts `entry` at the start of a function and `turn` at the start of each loop iteration. */
function withTurns(
  body: Uint8Array,
  turn: Uint8Array,
  entry: Uint8Array | undefined,
): readonly Uint8Array[] {
  const reader = new ByteReader(body);
  for (let groups = reader.uleb(); groups > 0; groups--) {
    reader.uleb();
    reader.u8();
  }
  const out: Uint8Array[] = [];
  let from = 0;
  const insert = (bytes: Uint8Array): void => {
    out.push(body.subarray(from, reader.at), bytes);
    from = reader.at;
  };
  if (entry !== undefined) insert(entry);
  while (!reader.done) {
    const op = reader.u8();
    skipImmediates(reader, op);
    if (op === OP.LOOP) insert(turn);
  }
  out.push(body.subarray(from));
  return out;
}

/** Opcodes with one LEB128 operand; operand counts of the 0xfc opcodes. */
const ONE = new Set([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2]);
const MISC_OPERANDS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

function skipImmediates(reader: ByteReader, op: number): void {
  if (ONE.has(op) || (op >= 0x20 && op <= 0x26)) skip(reader, 1);
  else if (op === 0x11 || (op >= 0x28 && op <= 0x3e)) skip(reader, 2);
  else if (op === 0x0e) skip(reader, reader.uleb() + 1);
  else if (op === 0x1c) skip(reader, reader.uleb());
  else if (op === 0x43) reader.take(4);
  else if (op === 0x44) reader.take(8);
  else if (op === 0xfc) {
    const sub = reader.uleb();
    const operands = MISC_OPERANDS[sub];
    if (operands === undefined) throw new RangeError(`instruction 0xfc ${sub} is not supported`);
    skip(reader, operands);
  } else if (!isPlain(op))
    throw new RangeError(`instruction 0x${op.toString(16)} is not supported`);
}

function isPlain(op: number): boolean {
  const control = [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(op);
  return control || (op >= 0x45 && op <= 0xc4);
}

/** Skips LEB128 numbers of any size and sign. */
function skip(reader: ByteReader, numbers: number): void {
  for (let left = numbers; left > 0; left--) while (reader.u8() >= 0x80);
}

function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** Encodes a non-negative number as signed LEB128. */
function sleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x3f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function text(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...uleb(bytes.length), ...bytes];
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
