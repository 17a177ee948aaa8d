// SPDX-License-Identifier: GPL-2.0-only

const text = /* @__PURE__ */ new TextDecoder();
/** The subsection of the name section that names functions. */
const FUNCTIONS = 1;

class NameReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return text.decode(this.#bytes.subarray(this.at - length, this.at));
  }
}

const known = /* @__PURE__ */ new WeakMap<WebAssembly.Module, ReadonlyMap<number, string>>();

/** Returns the names of a module's functions by index. The kernel asks for them as for symbols. */
export function functionNames(module: WebAssembly.Module): ReadonlyMap<number, string> {
  const names = known.get(module) ?? readNames(module);
  known.set(module, names);
  return names;
}

function readNames(module: WebAssembly.Module): ReadonlyMap<number, string> {
  const [section] = WebAssembly.Module.customSections(module, "name");
  const names = new Map<number, string>();
  if (section === undefined) return names;
  const reader = new NameReader(new Uint8Array(section));
  while (!reader.done) {
    const id = reader.number();
    const end = reader.number() + reader.at;
    if (id === FUNCTIONS) {
      for (let left = reader.number(); left > 0; left--) {
        const index = reader.number();
        names.set(index, reader.text());
      }
    }
    reader.at = end;
  }
  return names;
}
