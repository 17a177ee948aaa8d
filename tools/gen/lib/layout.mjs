// SPDX-License-Identifier: MIT
// @ts-check

/** Sizes of the plain types of both interfaces. */
export const plainSizes = { u32: 4, s32: 4, u64: 8, s64: 8 };

/**
 * @typedef {{ size: number, align?: number }} Type
 * @typedef {{ field: string, type: string, count: number | undefined, at: number, bytes: number }} Placed
 */

/**
 * Places fields one after the other. A hole between fields is an error: layouts have no implicit
 * padding.
 *
 * @param {string} where - the file and the struct, for error messages
 * @param {readonly (readonly [string, string, number?])[]} fields - name, type, and length of an
 *   array
 * @param {Readonly<Record<string, number | Type>>} types - size, and alignment if it differs from
 *   the size
 * @returns {{ end: number, align: number, size: number, placed: readonly Placed[] }} `end` is the
 *   byte after the last field, `size` includes the padding after it
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
 * @param {string} name - the name in C
 * @returns {string} the name in TypeScript
 */
export function camel(name) {
  return name.replace(/[_-](.)/g, (_, c) => c.toUpperCase());
}
