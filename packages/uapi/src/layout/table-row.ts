// SPDX-License-Identifier: MIT
import type { FieldRow } from "./layout-types.js";

/** The fields of a command or structure, and its size, which depends on the release. */
export interface TableRow {
  /** Code of the first release with this size, and the offset after the last field. */
  readonly sizes: readonly (readonly [since: number, size: number])[];
  /** The fields of all releases. */
  readonly fields: readonly FieldRow[];
}

/**
 * Parses one entry of the generated tables: sizes as `1 72,2 76`, then one line per field, as
 * `map_token_fd u32 72 2`. Text is parsed lazily, and most programs need few entries.
 */
export function readRow(text: string): TableRow {
  const [sizes = "", ...fields] = text.split("\n");
  return {
    sizes: sizes.split(",").map((size) => {
      const [since = 0, bytes = 0] = size.split(" ").map(Number);
      return [since, bytes];
    }),
    fields: fields.map((field) => {
      const [name = "", type = "", ...numbers] = field.split(" ");
      return [name, type, ...numbers.map(Number)] as unknown as FieldRow;
    }),
  };
}
