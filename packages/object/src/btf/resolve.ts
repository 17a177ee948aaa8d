// SPDX-License-Identifier: MIT
import type { Btf } from "./btf.js";
import type { BtfKind, BtfType } from "./types.js";

/** A longer chain of references is a circle: the kernel's bound on the depth of types. */
const DEEPEST = 32;

/** Bytes of a pointer in BPF. */
export const POINTER = 8;

const qualifiers: ReadonlySet<BtfKind> = new Set([
  "TYPEDEF",
  "CONST",
  "VOLATILE",
  "RESTRICT",
  "TYPE_TAG",
]);

/** A type together with its id. */
export interface Resolved {
  readonly id: number;
  readonly type: BtfType;
}

/**
 * The type behind typedefs, qualifiers and tags.
 *
 * @throws ObjectFormatError for a type that is not there and for circles.
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

/** Bytes of a value of a type. */
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
