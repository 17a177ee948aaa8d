// SPDX-License-Identifier: MIT
// The imported and the exported functions of a module with their types.
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

/** Returns `{ name, params, results }` of each exported function that the module defines. */
export function exportedFunctions(bytes) {
  const reader = new Reader(bytes, 8);
  let types = [];
  let imported = 0;
  let defined = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const end = reader.number() + reader.at;
    if (id === 1) types = reader.list(() => readType(reader));
    if (id === 2) imported = reader.list(() => readImport(reader, types)).filter(Boolean).length;
    if (id === 3) defined = reader.list(() => types[reader.number()]);
    if (id === 7) return reader.list(() => readExport(reader, imported, defined)).filter(Boolean);
    reader.at = end;
  }
  return [];
}

function readExport(reader, imported, defined) {
  const name = reader.name();
  const isFunction = reader.byte() === 0;
  const type = defined[reader.number() - imported];
  return isFunction && type !== undefined ? { name, ...type } : undefined;
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
