// SPDX-License-Identifier: MIT
// Reads the imports, the typed exports and the memory of a WebAssembly module.
import { Reader, VALUE_TYPES } from "../../../lib/wasm-reader.mjs";

const KINDS = ["function", "table", "memory", "global"];
const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7 };

function sections(bytes) {
  const found = new Map();
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.number();
    found.set(id, bytes.subarray(reader.at, reader.at + size));
    reader.at += size;
  }
  return found;
}

function signature(reader) {
  reader.byte();
  const value = (from) => VALUE_TYPES.get(from.byte()) ?? "other";
  const parameters = reader.list(value);
  const results = reader.list(value);
  return `(${parameters.join(", ")}) -> ${results.join(", ") || "nothing"}`;
}

function limits(reader) {
  const hasMaximum = (reader.byte() & 1) === 1;
  const initial = reader.number();
  return { initial, maximum: hasMaximum ? reader.number() : undefined };
}

/** An import: its name, and its signature or kind. */
function importEntry(reader, types) {
  const name = `${reader.name()}.${reader.name()}`;
  const kind = KINDS[reader.byte()];
  if (kind === "function") return [name, types[reader.number()]];
  if (kind === "table" || kind === "global") reader.byte();
  if (kind === "global") reader.byte();
  else limits(reader);
  return [name, kind];
}

/**
 * @param bytes - a valid module.
 * @returns `imports` and `exports` from name to signature or kind, `memory` in pages.
 */
export function moduleInfo(bytes) {
  const found = sections(bytes);
  const read = (id, item) => (found.has(id) ? new Reader(found.get(id)).list(item) : []);
  const types = read(SECTION.type, signature);
  const imports = new Map(read(SECTION.import, (reader) => importEntry(reader, types)));
  // Imported functions have the lowest indices.
  const functions = [
    ...[...imports.values()].filter((type) => type?.startsWith("(")),
    ...read(SECTION.function, (reader) => types[reader.number()]),
  ];
  const exports = read(SECTION.export, (reader) => {
    const name = reader.name();
    const kind = KINDS[reader.byte()];
    const index = reader.number();
    return [name, kind === "function" ? (functions[index] ?? "function") : kind];
  });
  return {
    imports,
    exports: new Map(exports),
    memory: read(SECTION.memory, limits)[0],
  };
}
