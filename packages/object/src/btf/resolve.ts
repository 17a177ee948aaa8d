// SPDX-License-Identifier: MIT
import type { Btf } from "./btf.js";
import type { BtfType } from "./types.js";

/** The kernel's limit on type depth; a longer chain of references must be a cycle. */
const DEEPEST = 32;

/** Size of a pointer in BPF, in bytes. */
export const POINTER = 8;

const qualifiers: ReadonlySet<BtfType["kind"]> = new Set([
  "TYPEDEF",
  "CONST",
  "VOLATILE",
  "RESTRICT",
  "TYPE_TAG",
]);

/** A type together with its id. Returned by {@link resolveType}. */
export interface Resolved {
  /** The type id. */
  readonly id: number;
  /** The decoded type. */
  readonly type: BtfType;
}

/**
 * Follows typedefs, qualifiers and type tags to the underlying type.
 *
 * @throws ObjectFormatError for a type that does not exist and for a cycle.
 * @example
 * ```ts
 * resolveType(btf, map.valueTypeId).type.kind; // "STRUCT"
 * ```
 */
export function resolveType(btf: Btf, id: number): Resolved {
  let at = id;
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const type = btf.type(at);
    if (!qualifiers.has(type.kind)) return { id: at, type };
    at = (type as { type: number }).type;
  }
  return btf.fail(id, `type ${id} refers to itself`);
}

/**
 * Returns the size of a type in bytes.
 *
 * @throws ObjectFormatError for a type without a size, such as FUNC, and for a cycle.
 * @example
 * ```ts
 * sizeOfType(btf, btf.id("task_struct", "STRUCT"));
 * ```
 */
export function sizeOfType(btf: Btf, id: number): number {
  let count = 1;
  let at = id;
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const { type } = resolveType(btf, at);
    switch (type.kind) {
      case "INT":
      case "STRUCT":
      case "UNION":
      case "ENUM":
      case "ENUM64":
      case "DATASEC":
      case "FLOAT":
        return count * type.size;
      case "PTR":
        return count * POINTER;
      case "VAR":
        at = type.type;
        break;
      case "ARRAY":
        count *= type.count;
        at = type.elementType;
        break;
      default:
        return btf.fail(at, `a ${type.kind} has no size`);
    }
    if (count > 0xffff_ffff) btf.fail(id, "the type has more than 4 GB");
  }
  return btf.fail(id, `type ${id} contains itself`);
}
