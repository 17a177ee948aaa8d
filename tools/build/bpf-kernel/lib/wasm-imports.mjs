// SPDX-License-Identifier: MIT
// The imported functions of a module with their types.
import { Reader, VALUE_TYPES } from "../../../lib/wasm-reader.mjs";

/** Returns `{ module, name, params, results }` of each imported function, in the module's order. */
export function importedFunctions(bytes) {
  const reader = new Reader(bytes, 8);
  let types = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const end = reader.number() + reader.at;
    if (id === 1) types = reader.list(() => readType(reader));
    if (id === 2) return reader.list(() => readImport(reader, types)).filter(Boolean);
    reader.at = end;
  }
  return [];
}

function readType(reader) {
  reader.byte();
  const values = () => reader.list(() => VALUE_TYPES.get(reader.byte()));
  return { params: values(), results: values() };
}

function readImport(reader, types) {
  const module = reader.name();
  const name = reader.name();
  const kind = reader.byte();
  if (kind === 0) return { module, name, ...types[reader.number()] };
  if (kind === 1) reader.byte();
  if (kind === 3) reader.at += 2;
  else skipLimits(reader);
  return undefined;
}

function skipLimits(reader) {
  const hasMaximum = (reader.byte() & 1) === 1;
  reader.number();
  if (hasMaximum) reader.number();
}
