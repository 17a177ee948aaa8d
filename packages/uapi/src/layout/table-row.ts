// SPDX-License-Identifier: MIT
import type { FieldRow } from "./layout-types.js";

/** The fields of a command or a structure, and its size, which changes with releases. */
export interface TableRow {
  /** Code of the first release, and the byte behind the last field from there on. */
  readonly sizes: readonly (readonly [since: number, size: number])[];
  /** Fields of all releases. */
  readonly fields: readonly FieldRow[];
}

/**
 * Reads a text of the generated tables: `1 72,2 76` and a line for each field, as `map_token_fd u32 72 2`.
 *
 * The tables are texts because most programs need few rows, and an engine parses a text quickly.
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
