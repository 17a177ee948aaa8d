// SPDX-License-Identifier: MIT
// @ts-check

/** Bytes of the plain types of both boundaries. */
export const plainSizes = { u32: 4, s32: 4, u64: 8, s64: 8 };

/**
 * @typedef {{ size: number, align?: number }} Type
 * @typedef {{ field: string, type: string, count: number | undefined, at: number, bytes: number }} Placed
 */

/**
 * Places fields one after the other. Holes between them are mistakes: a layout is packed by choice.
 *
 * @param {string} where - what errors name: the file and the struct
 * @param {readonly (readonly [string, string, number?])[]} fields - name, type, and how many of an array
 * @param {Readonly<Record<string, number | Type>>} types - their bytes, and their alignment if another
 * @returns {{ end: number, align: number, size: number, placed: readonly Placed[] }} `end` is the byte
 *   after the last field, `size` counts the padding after it
 */
export function placeFields(where, fields, types) {
  let end = 0;
  let widest = 1;
  const placed = fields.map(([field, type, count]) => {
    const known = types[type];
    if (known === undefined) throw new Error(`${where}.${field}: no type ${type}`);
    const { size, align = size } = typeof known === "number" ? { size: known } : known;
    if (end % align !== 0) throw new Error(`${where}.${field} is not aligned`);
    const at = end;
    const bytes = size * (count ?? 1);
    end += bytes;
    widest = Math.max(widest, align);
    return { field, type, count, at, bytes };
  });
  return { end, align: widest, size: Math.ceil(end / widest) * widest, placed };
}

/**
 * @param {string} name - as C has it
 * @returns {string} as TypeScript has it
 */
export function camel(name) {
  return name.replace(/[_-](.)/g, (_, c) => c.toUpperCase());
}
