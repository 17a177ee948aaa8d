// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import type { BtfEnum, BtfMember, BtfType } from "../btf/types.js";
import type { CoreKind } from "../spec.js";
import { type Access, isEnumKind, isTypeKind } from "./access.js";

/** The value for an instruction. */
export interface Value {
  readonly value: bigint;
  /** Size and type of the field that the instruction reads or writes, if any. */
  readonly field?: { readonly size: number; readonly type: BtfType };
  /** Whether the compiler is sure to have put exactly this value into the instruction. */
  readonly certain: boolean;
}

/**
 * Computes the value of a relocation.
 *
 * @param access - `undefined` if the kernel does not have the field or type.
 * @returns `undefined` if there is no value: then the instruction must not be reachable.
 */
export function coreValue(kind: CoreKind, access: Access | undefined): Value | undefined {
  if (isTypeKind(kind)) return typeValue(kind, access);
  if (kind === "field-exists" || kind === "enumval-exists") return plain(access ? 1 : 0);
  if (access === undefined) return undefined;
  return isEnumKind(kind) ? enumValue(access) : fieldValue(kind, access);
}

function plain(value: number, certain = true): Value {
  return { value: BigInt(value), certain };
}

function typeValue(kind: CoreKind, access: Access | undefined): Value {
  if (access === undefined) return plain(0);
  if (kind === "type-size") return plain(sizeOfType(access.btf, access.root));
  // A linker may have renumbered the local type.
  if (kind === "type-id-target") return plain(access.root, false);
  return plain(1);
}

function enumValue({ btf, steps }: Access): Value {
  const [step] = steps;
  const { values } = btf.type(step?.type ?? 0) as BtfEnum;
  return { value: values[step?.index ?? 0]?.value ?? 0n, certain: true };
}

function fieldValue(kind: CoreKind, access: Access): Value {
  const step = access.steps.at(-1);
  if (step === undefined) return access.btf.fail(access.root, "CO-RE: the access path is empty");
  if (step.name === undefined) return elementValue(kind, access, step.type);
  return memberValue(kind, access, access.btf.member(step.type, step.index) as BtfMember);
}

function elementValue(kind: CoreKind, { btf, bitOffset }: Access, id: number): Value {
  const size = sizeOfType(btf, id);
  if (kind === "field-byte-size") return plain(size);
  if (kind !== "field-byte-offset") return btf.fail(id, `CO-RE: ${kind} of an array element`);
  return { ...plain(bitOffset / 8), field: { size, type: btf.type(id) } };
}

function memberValue(kind: CoreKind, { btf, bitOffset }: Access, member: BtfMember): Value {
  const { id, type } = resolveType(btf, member.type);
  const isBitField = member.bitSize > 0;
  const { size, offset } = isBitField
    ? storage(btf, id, bitOffset, member.bitSize)
    : { size: sizeOfType(btf, id), offset: Math.floor(bitOffset / 8) };
  const bits = isBitField ? member.bitSize : size * 8;
  switch (kind) {
    case "field-byte-offset":
      if (isBitField) return plain(offset, false);
      return { ...plain(offset), field: { size, type } };
    case "field-byte-size":
      return plain(size, !isBitField);
    case "field-signed":
      return plain(isSigned(type) ? 1 : 0);
    case "field-lshift-u64":
      return plain(64 - (bitOffset + bits - offset * 8), !isBitField);
    default:
      // The remaining kind is field-rshift-u64.
      return plain(64 - bits);
  }
}

/** Returns the smallest aligned integer that contains the whole bit field. */
function storage(
  btf: Btf,
  id: number,
  bitOffset: number,
  bits: number,
): { size: number; offset: number } {
  let size = sizeOfType(btf, id);
  if (size === 0) return btf.fail(id, "CO-RE: the type of a bit field has no size");
  const place = (): number => Math.floor(bitOffset / 8 / size) * size;
  while (bitOffset + bits - place() * 8 > size * 8) {
    if (size >= 8) return btf.fail(id, "CO-RE: no aligned 64-bit load contains the bit field");
    size *= 2;
  }
  return { size, offset: place() };
}

function isSigned(type: BtfType): boolean {
  return (type.kind === "INT" || type.kind === "ENUM" || type.kind === "ENUM64") && type.signed;
}

/** Whether an instruction may change its access width from one field to the other. */
export function isResizable(local: Value, target: Value): boolean {
  if (local.field === undefined || target.field === undefined) return true;
  const [from, to] = [local.field.type, target.field.type];
  if (local.field.size === target.field.size) return true;
  if (from.kind === "PTR" && to.kind === "PTR") return true;
  return from.kind === "INT" && to.kind === "INT" && !from.signed && !to.signed;
}
