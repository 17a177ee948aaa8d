// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import type { BtfArray, BtfComposite } from "../btf/types.js";
import type { CoreKind, CoreRelocation } from "../spec.js";

/** One step on the path to a field: a named member, or an array element. */
export interface Step {
  /** Type id of the struct that has the member, or of the element. */
  readonly type: number;
  readonly index: number;
  readonly name: string | undefined;
}

/** What a relocation refers to in one BTF: a type, a field, or an enumerator. */
export interface Access {
  readonly btf: Btf;
  readonly root: number;
  readonly steps: readonly Step[];
  readonly bitOffset: number;
}

/** No program has a field with a longer path. */
const LONGEST = 64;

export const isTypeKind = (kind: CoreKind): boolean => kind.startsWith("type-");
export const isEnumKind = (kind: CoreKind): boolean => kind.startsWith("enumval-");

/** Follows the access path of a relocation through the object's BTF. */
export function readAccess(btf: Btf, { typeId, access, kind }: CoreRelocation): Access {
  const path = access.split(":").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  const [first = Number.NaN] = path;
  const fail = (): never => btf.fail(typeId, `CO-RE: access ${access} refers to no field`);
  if (path.length > LONGEST || path.some(Number.isNaN)) fail();
  const root = resolveType(btf, typeId);
  if (isTypeKind(kind)) {
    if (access !== "0") fail();
    return { btf, root: typeId, steps: [], bitOffset: 0 };
  }
  if (isEnumKind(kind)) {
    const { type } = root;
    if ((type.kind !== "ENUM" && type.kind !== "ENUM64") || path.length > 1) return fail();
    const name = type.values[first]?.name ?? fail();
    const steps = [{ type: root.id, index: first, name }];
    return { btf, root: typeId, steps, bitOffset: 0 };
  }
  const start: Step = { type: root.id, index: first, name: undefined };
  const bitOffset = first * sizeOfType(btf, root.id) * 8;
  return follow({ btf, root: typeId, steps: [start], bitOffset }, root.id, path.slice(1), fail);
}

function follow(start: Access, first: number, path: readonly number[], fail: () => never): Access {
  const { btf } = start;
  const steps = [...start.steps];
  let { bitOffset } = start;
  let at = first;
  for (const index of path) {
    const { id, type } = resolveType(btf, at);
    if (type.kind === "STRUCT" || type.kind === "UNION") {
      const member = btf.member(id, index) ?? fail();
      bitOffset += member.bitOffset;
      if (member.name !== "") steps.push({ type: id, index, name: member.name });
      at = member.type;
    } else if (type.kind === "ARRAY") {
      const element = resolveType(btf, type.elementType).id;
      if (!isFlexible(btf, steps.at(-1), type) && index >= type.count) fail();
      steps.push({ type: element, index, name: undefined });
      bitOffset += index * sizeOfType(btf, element) * 8;
      at = element;
    } else fail();
  }
  return { btf, root: start.root, steps, bitOffset };
}

/** Whether an array is a flexible array member, for which every index is valid. */
export function isFlexible(btf: Btf, step: Step | undefined, array: BtfArray): boolean {
  if (step?.name === undefined || array.count > 0) return false;
  return step.index === (btf.type(step.type) as BtfComposite).members.length - 1;
}
