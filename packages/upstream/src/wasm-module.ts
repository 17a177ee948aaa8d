// SPDX-License-Identifier: MIT
// Reads and writes sections of WebAssembly modules.
import { ByteReader } from "./byte-reader.js";
import { joined, uleb } from "./wasm-encoding.js";

/** Kinds of imports and exports. */
export const KIND: Readonly<Record<"FUNCTION" | "TABLE" | "MEMORY" | "GLOBAL", number>> = {
  FUNCTION: 0,
  TABLE: 1,
  MEMORY: 2,
  GLOBAL: 3,
};
/** The first byte of a function's type. */
export const FUNCTION_TYPE = 0x60;

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

export function sectionsOf(module: Uint8Array): readonly Section[] {
  const reader = new ByteReader(module, 8);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.u8(), body: reader.take(reader.uleb()) });
  return sections;
}

export function countOf(body: Uint8Array | undefined): number {
  return body === undefined ? 0 : new ByteReader(body).uleb();
}

/** Counts the imported functions and globals, which take the first indices. */
export function importsOf(body: Uint8Array | undefined): {
  readonly functions: number;
  readonly globals: number;
  /** The imported functions of the host by name. */
  readonly host: ReadonlyMap<string, number>;
} {
  const host = new Map<string, number>();
  const found = { functions: 0, globals: 0, host };
  if (body === undefined) return found;
  const reader = new ByteReader(body);
  for (let left = reader.uleb(); left > 0; left--) {
    const module = reader.text(reader.uleb());
    const name = reader.text(reader.uleb());
    const kind = reader.u8();
    if (kind === KIND.FUNCTION) {
      if (module === "host") host.set(name, found.functions);
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

/** Returns the indices of the exported functions by name. */
export function exportedFunctions(body: Uint8Array | undefined): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (body === undefined) return found;
  const reader = new ByteReader(body);
  for (let left = reader.uleb(); left > 0; left--) {
    const name = reader.text(reader.uleb());
    const kind = reader.u8();
    const index = reader.uleb();
    if (kind === KIND.FUNCTION) found.set(name, index);
  }
  return found;
}

/** Returns the number of parameters of each type. */
export function typesOf(body: Uint8Array | undefined): readonly number[] {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  return Array.from({ length: reader.uleb() }, () => {
    if (reader.u8() !== FUNCTION_TYPE) throw new RangeError("a type is not that of a function");
    const parameters = reader.take(reader.uleb()).length;
    reader.take(reader.uleb());
    return parameters;
  });
}

export function numbersOf(body: Uint8Array | undefined): readonly number[] {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  return Array.from({ length: reader.uleb() }, () => reader.uleb());
}

/** Returns a list section with more elements. */
export function appended(body: Uint8Array, elements: readonly (readonly number[])[]): Uint8Array {
  const reader = new ByteReader(body);
  const count = uleb(reader.uleb() + elements.length);
  return joined([Uint8Array.from(count), reader.rest(), Uint8Array.from(elements.flat())]);
}

export function codesOf(body: Uint8Array): readonly Uint8Array[] {
  const reader = new ByteReader(body);
  return Array.from({ length: reader.uleb() }, () => reader.take(reader.uleb()));
}

export function encodedCodes(codes: readonly Uint8Array[]): Uint8Array {
  const pieces = codes.flatMap((code) => [Uint8Array.from(uleb(code.length)), code]);
  return joined([Uint8Array.from(uleb(codes.length)), ...pieces]);
}
