// SPDX-License-Identifier: MIT
import { ByteReader } from "./byte-reader.js";
import { skipImmediates } from "./wasm-code.js";
import { joined, sleb, text, uleb } from "./wasm-encoding.js";
import {
  appended,
  codesOf,
  countOf,
  encodedCodes,
  exportedFunctions,
  FUNCTION_TYPE,
  importsOf,
  KIND,
  numbersOf,
  sectionsOf,
  typesOf,
} from "./wasm-module.js";

/** Name of the exported global that holds the remaining work of a slice; 0 when a call ended. */
export const TURNS_LEFT = "turns_left";

/** Name of the import of the host that returns the time in milliseconds. */
export const CLOCK = "clock";

/**
 * Upper bound for the work of one call: a loop iteration or the call of a function counts as 1, and
 * as 1 more for each {@link CODE_BYTES} bytes of its code. Loading a program of one million
 * instructions, the kernel's maximum, takes seven million iterations.
 */
export const mostTurns = 100_000_000;

/** Upper bound for the time of one call, for code whose instructions are slow. */
const MOST_MILLISECONDS = 5_000;
const CODE_BYTES = 64;
/** log2 of the number of bytes that bulk memory instructions process for a work of 1. */
const BULK_SHIFT = 8;
/** The time is looked at after this much work. */
const SLICE = 1 << 18;
const SLICES = Math.ceil(mostTurns / SLICE);

/** Numbers of the sections that this file reads or changes. */
const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, GLOBAL: 6, EXPORT: 7, CODE: 10 };
const OP = {
  UNREACHABLE: 0x00,
  LOOP: 0x03,
  IF: 0x04,
  END: 0x0b,
  RETURN: 0x0f,
  CALL: 0x10,
  BULK: 0xfc,
};
const LOCAL = { GET: 0x20, TEE: 0x22 };
const GET_GLOBAL = 0x23;
const SET_GLOBAL = 0x24;
const I32 = 0x7f;
const I32_OP = {
  CONST: 0x41,
  EQZ: 0x45,
  EQ: 0x46,
  LT: 0x48,
  GT: 0x4a,
  SUB: 0x6b,
  OR: 0x72,
  SHR_U: 0x76,
};
const NOTHING = 0x40;
/** Bulk instructions whose last operand is a number of bytes or elements. */
const SIZED = new Set([8, 10, 11, 12, 14]);
/** Blocks: block, loop, if. */
const OPENING = new Set([0x02, OP.LOOP, OP.IF]);

/** What the inserted code refers to. */
interface Places {
  /** Globals: the rest of the slice, the remaining slices, and the time of the first of them. */
  readonly turns: number;
  readonly slices: number;
  readonly started: number;
  /** Function that begins a slice and returns whether the call has to end. */
  readonly over: number;
}

/**
 * Returns a copy of a module in which a call that does not end traps.
 *
 * Each loop iteration, each function call and each bulk memory instruction is charged to a counter,
 * which only calls from outside reset. From time to time the module asks its host for the time.
 * Upstream source may be unfinished work or hostile, and nothing else can stop it in the thread that
 * runs it.
 *
 * @param module - the linker's output, compiled for the WebAssembly features in the SDK's flags,
 *   that imports {@link CLOCK}.
 * @throws RangeError for an instruction of another feature.
 */
export function bounded(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(module);
  const find = (id: number): Uint8Array | undefined => sections.find((one) => one.id === id)?.body;
  const imported = importsOf(find(SECTION.IMPORT));
  const types = typesOf(find(SECTION.TYPE));
  const functions = numbersOf(find(SECTION.FUNCTION));
  const exported = exportedFunctions(find(SECTION.EXPORT));
  const clock = imported.host.get(CLOCK);
  if (clock === undefined) throw new RangeError(`the module does not import host.${CLOCK}`);
  const globals = imported.globals + countOf(find(SECTION.GLOBAL));
  const over = imported.functions + functions.length;
  const places = { turns: globals, slices: globals + 1, started: globals + 2, over };
  const wrappers = [...new Set(exported.values())].filter((index) => index >= imported.functions);
  const typeOf = (index: number): number => functions[index - imported.functions] as number;
  const change: Readonly<Record<number, (body: Uint8Array) => Uint8Array>> = {
    [SECTION.TYPE]: (body) => appended(body, [[FUNCTION_TYPE, 0, 1, I32]]),
    [SECTION.FUNCTION]: (body) => appended(body, [types.length, ...wrappers.map(typeOf)].map(uleb)),
    [SECTION.GLOBAL]: (body) =>
      appended(body, new Array(3).fill([I32, 1, I32_OP.CONST, 0, OP.END])),
    [SECTION.EXPORT]: (body) =>
      withExports(
        body,
        (index) => {
          const at = wrappers.indexOf(index);
          return at < 0 ? index : over + 1 + at;
        },
        globals,
      ),
    [SECTION.CODE]: (body) => {
      const codes = codesOf(body).map((code, i) => {
        return charged(code, types[functions[i] as number] ?? 0, places);
      });
      const more = wrappers.map((index) => wrapper(index, types[typeOf(index)] ?? 0, places));
      return encodedCodes([...codes, overCode(places, clock), ...more]);
    },
  };
  const out: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, body } of sections) {
    const changed = change[id]?.(body) ?? body;
    out.push(Uint8Array.from([id, ...uleb(changed.length)]), changed);
  }
  return joined(out);
}

/** Renumbers the exported functions and exports the counter. */
function withExports(body: Uint8Array, renumber: (index: number) => number, global: number) {
  const reader = new ByteReader(body);
  const exports = Array.from({ length: reader.uleb() }, () => {
    const name = text(reader.text(reader.uleb()));
    const kind = reader.u8();
    const index = reader.uleb();
    return [...name, kind, ...uleb(kind === KIND.FUNCTION ? renumber(index) : index)];
  });
  exports.push([...text(TURNS_LEFT), KIND.GLOBAL, ...uleb(global)]);
  return Uint8Array.from([...uleb(exports.length), ...exports.flat()]);
}

const get = (global: number): number[] => [GET_GLOBAL, ...uleb(global)];
const set = (global: number): number[] => [SET_GLOBAL, ...uleb(global)];
const constant = (value: number): number[] => [I32_OP.CONST, ...sleb(value)];
const call = (index: number): number[] => [OP.CALL, ...uleb(index)];

/** Charges the work that `cost` computes. */
function charge(cost: readonly number[], { turns, over }: Places): Uint8Array {
  return Uint8Array.from([
    ...[...get(turns), ...cost, I32_OP.SUB, ...set(turns)],
    ...[...get(turns), ...constant(0), I32_OP.LT, OP.IF, NOTHING],
    // The trap is here, so that the stack begins with the function that works too much.
    ...[...call(over), OP.IF, NOTHING, OP.UNREACHABLE, OP.END, OP.END],
  ]);
}

/** Code of a function that begins a slice; it returns 1 after too many of them or too much time. */
function overCode({ turns, slices, started }: Places, clock: number): Uint8Array {
  const passed = [...call(clock), ...get(started), I32_OP.SUB];
  return Uint8Array.from([
    0, // no locals
    ...[...constant(0), ...set(turns)],
    ...[...get(slices), ...constant(SLICES), I32_OP.EQ],
    ...[OP.IF, NOTHING, ...call(clock), ...set(started), OP.END],
    ...[...get(slices), ...constant(1), I32_OP.SUB, ...set(slices)],
    ...[...get(slices), I32_OP.EQZ, ...passed, ...constant(MOST_MILLISECONDS), I32_OP.GT],
    ...[I32_OP.OR, OP.IF, NOTHING, ...constant(1), OP.RETURN, OP.END],
    ...[...constant(SLICE), ...set(turns), ...constant(0), OP.END],
  ]);
}

/** Code of an exported function: resets the counters and calls the original one. */
function wrapper(index: number, parameters: number, { turns, slices }: Places): Uint8Array {
  const args = Array.from({ length: parameters }, (_, i) => [LOCAL.GET, ...uleb(i)]);
  return Uint8Array.from([
    0, // no locals
    ...[...constant(SLICE), ...set(turns), ...constant(SLICES), ...set(slices)],
    ...[...args.flat(), ...call(index), OP.END],
  ]);
}

const workOf = (bytes: number): number[] => constant(1 + Math.floor(bytes / CODE_BYTES));

/** Charges calls of a function, its loop iterations and its bulk memory instructions. */
function charged(body: Uint8Array, parameters: number, places: Places): Uint8Array {
  const reader = new ByteReader(body);
  const groups = reader.uleb();
  const start = reader.at;
  let locals = parameters;
  for (let left = groups; left > 0; left--) {
    locals += reader.uleb();
    reader.u8();
  }
  // One more local holds the operand of a bulk memory instruction.
  const out = [Uint8Array.from(uleb(groups + 1)), body.subarray(start, reader.at)];
  out.push(Uint8Array.of(1, I32), charge(workOf(body.length), places));
  let from = reader.at;
  const insert = (at: number, bytes: Uint8Array): void => {
    out.push(body.subarray(from, at), bytes);
    from = at;
  };
  const ends = endsOf(body, from);
  while (!reader.done) {
    const at = reader.at;
    const op = reader.u8();
    skipImmediates(reader, op);
    if (op === OP.LOOP) {
      const bytes = (ends.get(at) ?? body.length) - at;
      insert(reader.at, charge(workOf(bytes), places));
    } else if (op === OP.BULK && SIZED.has(new ByteReader(body, at + 1).uleb())) {
      const local = uleb(locals);
      insert(at, Uint8Array.from([LOCAL.TEE, ...local]));
      const size = [LOCAL.GET, ...local, ...constant(BULK_SHIFT), I32_OP.SHR_U];
      out.push(charge(size, places));
    }
  }
  out.push(body.subarray(from));
  return joined(out);
}

/** Returns the offset of the end of each block by the offset of its start. */
function endsOf(body: Uint8Array, start: number): ReadonlyMap<number, number> {
  const reader = new ByteReader(body, start);
  const open: number[] = [];
  const ends = new Map<number, number>();
  while (!reader.done) {
    const at = reader.at;
    const op = reader.u8();
    skipImmediates(reader, op);
    if (OPENING.has(op)) open.push(at);
    else if (op === OP.END) ends.set(open.pop() ?? -1, at);
  }
  return ends;
}
