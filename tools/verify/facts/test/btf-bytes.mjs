// SPDX-License-Identifier: MIT
// @ts-check

/**
 * Writes small BTF data for tests of the reader.
 *
 * @typedef {{ kind: "int", name: string, size: number }
 *   | { kind: "typedef", name: string, to: number }
 *   | { kind: "array", of: number, count: number }
 *   | { kind: "enum" | "enum64", name: string, values: [string, number | bigint][], signed?: boolean }
 *   | { kind: "struct" | "union", name: string, size: number,
 *       members: (readonly [string, number, number, number?])[] }} Type
 */

const kinds = { int: 1, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, enum64: 19 };

/** @param {Type[]} types - numbered from 1 @returns {Uint8Array} */
export function btfBytes(types) {
  const strings = ["\0"];
  let length = 1;
  const string = (/** @type {string} */ text) => {
    if (text === "") return 0;
    strings.push(`${text}\0`);
    length += text.length + 1;
    return length - text.length - 1;
  };
  const words = types.flatMap((t) => typeWords(t, string));
  const text = new TextEncoder().encode(strings.join(""));
  const bytes = new Uint8Array(24 + words.length * 4 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  for (const [i, n] of [24, 0, words.length * 4, words.length * 4, text.length].entries()) {
    view.setUint32(4 + 4 * i, n, true);
  }
  for (const [i, w] of words.entries()) view.setUint32(24 + 4 * i, w, true);
  bytes.set(text, 24 + words.length * 4);
  return bytes;
}

/**
 * @param {Type} t
 * @param {(text: string) => number} string
 * @returns {number[]}
 */
function typeWords(t, string) {
  const name = "name" in t ? string(t.name) : 0;
  const info = (/** @type {number} */ vlen, flag = false) =>
    ((kinds[t.kind] << 24) | vlen | (flag ? 0x80000000 : 0)) >>> 0;
  switch (t.kind) {
    case "int":
      return [name, info(0), t.size, t.size * 8];
    case "typedef":
      return [name, info(0), t.to];
    case "array":
      return [0, info(0), 0, t.of, 1, t.count];
    case "enum":
    case "enum64": {
      const wide = t.kind === "enum64";
      const rows = t.values.flatMap(([n, v]) => {
        const value = BigInt.asUintN(64, BigInt(v));
        const low = Number(value & 0xffffffffn);
        return wide ? [string(n), low, Number(value >> 32n)] : [string(n), low];
      });
      return [name, info(t.values.length, t.signed), wide ? 8 : 4, ...rows];
    }
    default: {
      const bits = t.members.some((m) => m[3] !== undefined);
      const rows = t.members.flatMap(([n, type, at, width]) => [
        string(n),
        type,
        at | ((width ?? 0) << 24),
      ]);
      return [name, info(t.members.length, bits), t.size, ...rows];
    }
  }
}
