// SPDX-License-Identifier: MIT
import { resolveType } from "../btf/resolve.js";
import type { BtfComposite, BtfEnum, BtfForward, BtfType } from "../btf/types.js";
import { at, DEEPEST, type Pair, prototypes, sameKind, sameName } from "./compatible.js";

/**
 * Whether a kernel type has all members and enumerators of the object's type, with matching types.
 * Pointer targets only need the same kind and name.
 */
export function typesMatch(pair: Pair): boolean {
  if (!sameKind(pair.local.kind(pair.localId), pair.target.kind(pair.targetId))) return false;
  return new Matcher().match(pair, false, DEEPEST);
}

class Matcher {
  /** Results by pair; without them, many members of one type would take exponential time. */
  readonly #known = new Map<string, boolean>();

  match(pair: Pair, pointee: boolean, depth: number): boolean {
    if (depth <= 0) return pair.local.fail(pair.localId, "CO-RE: the type is nested too deeply");
    const local = resolveType(pair.local, pair.localId);
    const target = resolveType(pair.target, pair.targetId);
    const key = `${local.id}:${target.id}:${pointee}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const result =
      sameName(local.type.name, target.type.name) &&
      this.#same(pair, local.type, target.type, pointee, depth);
    this.#known.set(key, result);
    return result;
  }

  #same(pair: Pair, local: BtfType, target: BtfType, pointee: boolean, depth: number): boolean {
    const next = (l: number, t: number, hidden = pointee): boolean =>
      this.match(at(pair, l, t), hidden, depth - 1);
    switch (local.kind) {
      case "VOID":
        return target.kind === "VOID";
      case "FWD":
        return forwardMatches(local, target, pointee);
      case "ENUM":
      case "ENUM64":
        return enumMatches(local, target);
      case "STRUCT":
      case "UNION":
        if (pointee) return pointeeMatches(local, target);
        return target.kind === local.kind && this.#members(pair, local, target, depth);
      case "INT":
        return target.kind === "INT" && sameInt(local, target);
      case "PTR":
        return target.kind === "PTR" && next(local.type, target.type, true);
      case "ARRAY":
        if (target.kind !== "ARRAY" || local.count !== target.count) return false;
        return next(local.elementType, target.elementType);
      case "FUNC_PROTO":
        return target.kind === "FUNC_PROTO" && prototypes(local, target, next);
      default:
        return false;
    }
  }

  #members(pair: Pair, local: BtfComposite, target: BtfComposite, depth: number): boolean {
    if (local.members.length > target.members.length) return false;
    return local.members.every(({ name, type }) =>
      target.members.some(
        (member) =>
          sameName(name, member.name) && this.match(at(pair, type, member.type), false, depth - 1),
      ),
    );
  }
}

function sameInt(
  local: { size: number; signed: boolean },
  target: { size: number; signed: boolean },
): boolean {
  return local.size === target.size && local.signed === target.signed;
}

function forwardMatches(local: BtfForward, target: BtfType, pointee: boolean): boolean {
  if (target.kind === "FWD") return local.union === target.union;
  return pointee && target.kind === (local.union ? "UNION" : "STRUCT");
}

function pointeeMatches(local: BtfComposite, target: BtfType): boolean {
  if (target.kind === "FWD") return target.union === (local.kind === "UNION");
  return target.kind === local.kind;
}

function enumMatches(local: BtfEnum, target: BtfType): boolean {
  if (target.kind !== "ENUM" && target.kind !== "ENUM64") return false;
  if (local.size !== target.size || local.values.length > target.values.length) return false;
  return local.values.every(({ name }) =>
    target.values.some((value) => sameName(name, value.name)),
  );
}
