// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import type { BtfMember } from "../btf/types.js";
import type { CoreKind } from "../spec.js";
import { type Access, isEnumKind, isFlexible, isTypeKind, type Step } from "./access.js";
import { fieldsCompatible, sameName, typesCompatible } from "./compatible.js";
import { typesMatch } from "./matching.js";

/**
 * Finds in a kernel type what a relocation refers to in the object's type.
 *
 * @returns `undefined` if the kernel type does not have it.
 */
export function findInTarget(
  local: Access,
  kind: CoreKind,
  target: Btf,
  targetId: number,
): Access | undefined {
  const nothing: Access = { btf: target, root: targetId, steps: [], bitOffset: 0 };
  if (isTypeKind(kind)) {
    const pair = { local: local.btf, localId: local.root, target, targetId };
    const there = kind === "type-matches" ? typesMatch(pair) : typesCompatible(pair);
    return there ? nothing : undefined;
  }
  return isEnumKind(kind) ? findEnumerator(local, nothing) : findField(local, nothing);
}

function findEnumerator(local: Access, target: Access): Access | undefined {
  const { id, type } = resolveType(target.btf, target.root);
  if (type.kind !== "ENUM" && type.kind !== "ENUM64") return undefined;
  const name = local.steps[0]?.name ?? "";
  const index = type.values.findIndex((value) => sameName(value.name, name));
  if (index < 0) return undefined;
  return { ...target, steps: [{ type: id, index, name: type.values[index]?.name }] };
}

function findField(local: Access, target: Access): Access | undefined {
  const { btf } = target;
  const steps: Step[] = [];
  let bitOffset = 0;
  let at = target.root;
  for (const [i, step] of local.steps.entries()) {
    const { id, type } = resolveType(btf, at);
    if (step.name !== undefined) {
      const member = findMember(local.btf, step, btf, id, new Set());
      if (member === undefined) return undefined;
      steps.push(member.step);
      bitOffset += member.bitOffset;
      at = member.type;
      continue;
    }
    at = id;
    // The first step indexes the program's pointer, which is not an array.
    if (i > 0) {
      if (type.kind !== "ARRAY") return undefined;
      if (!isFlexible(btf, steps.at(-1), type) && step.index >= type.count) return undefined;
      at = resolveType(btf, type.elementType).id;
    }
    steps.push({ type: at, index: step.index, name: undefined });
    bitOffset += step.index * sizeOfType(btf, at) * 8;
  }
  return { ...target, steps, bitOffset };
}

interface FoundMember {
  readonly step: Step;
  readonly bitOffset: number;
  readonly type: number;
}

/** Finds a member by name, also in anonymous structs and unions. */
function findMember(
  localBtf: Btf,
  local: Step,
  btf: Btf,
  targetId: number,
  seen: Set<number>,
): FoundMember | undefined {
  const { id, type } = resolveType(btf, targetId);
  if ((type.kind !== "STRUCT" && type.kind !== "UNION") || seen.has(id)) return undefined;
  seen.add(id);
  const { name = "" } = local;
  let index = btf.nextMember(id, name, 0);
  for (; index !== undefined; index = btf.nextMember(id, name, index + 1)) {
    const member = btf.member(id, index) as BtfMember;
    if (member.name === "") {
      const found = findMember(localBtf, local, btf, member.type, seen);
      if (found) return { ...found, bitOffset: found.bitOffset + member.bitOffset };
    } else {
      const wanted = memberType(localBtf, local);
      const pair = { local: localBtf, localId: wanted, target: btf, targetId: member.type };
      if (!fieldsCompatible(pair)) return undefined;
      const step = { type: id, index, name: member.name };
      return { step, bitOffset: member.bitOffset, type: member.type };
    }
  }
  return undefined;
}

function memberType(btf: Btf, { type: id, index }: Step): number {
  return btf.member(id, index)?.type ?? btf.fail(id, `CO-RE: there is no member ${index}`);
}
