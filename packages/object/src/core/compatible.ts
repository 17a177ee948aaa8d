// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { essentialName } from "../btf/names.js";
import { resolveType } from "../btf/resolve.js";
import type { BtfFuncProto, BtfType } from "../btf/types.js";

/** A type of the object and a type of the kernel to compare it with. */
export interface Pair {
  readonly local: Btf;
  readonly localId: number;
  readonly target: Btf;
  readonly targetId: number;
}

/** Maximum nesting of pointer and function types in a comparison. */
export const DEEPEST = 32;

type Kind = BtfType["kind"] | undefined;

const isEnum = (kind: Kind): boolean => kind === "ENUM" || kind === "ENUM64";

/** Whether two kinds are equal; ENUM and ENUM64 count as the same kind. */
export function sameKind(a: Kind, b: Kind): boolean {
  return a === b || (isEnum(a) && isEnum(b));
}

/** Whether two names are equal, ignoring flavours. */
export function sameName(a: string, b: string): boolean {
  return essentialName(a) === essentialName(b);
}

/** Returns the pair with other type ids. */
export function at(pair: Pair, localId: number, targetId: number): Pair {
  return { ...pair, localId, targetId };
}

/** Whether a field of the kernel has a compatible type with a field of the object. */
export function fieldsCompatible(pair: Pair, depth = 0): boolean {
  const { type: local } = resolveType(pair.local, pair.localId);
  const { type: target } = resolveType(pair.target, pair.targetId);
  const composite = (kind: Kind): boolean => kind === "STRUCT" || kind === "UNION";
  if (composite(local.kind) && composite(target.kind)) return true;
  if (!sameKind(local.kind, target.kind) || depth > DEEPEST) return false;
  switch (local.kind) {
    case "PTR":
    case "FLOAT":
      return true;
    case "FWD":
    case "ENUM":
    case "ENUM64":
      return local.name === "" || target.name === "" || sameName(local.name, target.name);
    case "INT":
      return local.bitOffset === 0 && target.kind === "INT" && target.bitOffset === 0;
    case "ARRAY":
      if (target.kind !== "ARRAY") return false;
      return fieldsCompatible(at(pair, local.elementType, target.elementType), depth + 1);
    default:
      return false;
  }
}

/**
 * Whether a type of the kernel is compatible with a type of the object, ignoring names: same kind,
 * and compatible pointer targets, elements, parameters and results.
 */
export function typesCompatible(pair: Pair): boolean {
  const { localId, targetId } = pair;
  if (!sameKind(pair.local.kind(localId), pair.target.kind(targetId))) return false;
  return compatible(pair, DEEPEST, new Set());
}

function compatible(pair: Pair, depth: number, seen: Set<string>): boolean {
  const { id: localId, type: local } = resolveType(pair.local, pair.localId);
  const { id: targetId, type: target } = resolveType(pair.target, pair.targetId);
  if (!sameKind(local.kind, target.kind)) return false;
  // A pair that is known to be compatible, or that is being compared, needs no second look.
  const key = `${localId}:${targetId}`;
  if (seen.has(key)) return true;
  seen.add(key);
  if (depth <= 0) return pair.local.fail(pair.localId, "CO-RE: the type is nested too deeply");
  const next = (l: number, t: number): boolean => compatible(at(pair, l, t), depth - 1, seen);
  switch (local.kind) {
    case "VOID":
    case "STRUCT":
    case "UNION":
    case "ENUM":
    case "ENUM64":
    case "FWD":
      return true;
    case "INT":
      return local.bitOffset === 0 && target.kind === "INT" && target.bitOffset === 0;
    case "PTR":
      return target.kind === "PTR" && next(local.type, target.type);
    case "ARRAY":
      return target.kind === "ARRAY" && next(local.elementType, target.elementType);
    case "FUNC_PROTO":
      return target.kind === "FUNC_PROTO" && prototypes(local, target, next);
    default:
      return false;
  }
}

/** Whether parameters and results of two function prototypes agree. */
export function prototypes(
  local: BtfFuncProto,
  target: BtfFuncProto,
  agree: (local: number, target: number) => boolean,
): boolean {
  if (local.params.length !== target.params.length) return false;
  const params = local.params.every(({ type }, i) => agree(type, target.params[i]?.type ?? 0));
  return params && agree(local.returnType, target.returnType);
}
