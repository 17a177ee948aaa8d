// SPDX-License-Identifier: MIT
// The imported functions of a module with their types. Node's API has no types, and no 64-bit memory.

const valueTypes = { 127: "i32", 126: "i64", 125: "f32", 124: "f64" };

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("latin1", this.at - length, this.at);
  }

  list(read) {
    return Array.from({ length: this.number() }, () => read());
  }

  skipLimits() {
    const flags = this.number();
    this.number();
    if (flags & 1) this.number();
  }
}

/** Returns `{ module, name, params, results }` of each imported function, in the module's order. */
export function importedFunctions(bytes) {
  const reader = new Reader(Buffer.from(bytes), 8);
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
  const values = () => reader.list(() => valueTypes[reader.byte()]);
  return { params: values(), results: values() };
}

function readImport(reader, types) {
  const module = reader.text();
  const name = reader.text();
  const kind = reader.byte();
  if (kind === 0) return { module, name, ...types[reader.number()] };
  if (kind === 1) reader.byte();
  if (kind === 3) reader.at += 2;
  else reader.skipLimits();
  return undefined;
}
