// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { essentialName } from "../btf/names.js";
import { resolveType } from "../btf/resolve.js";
import type { BtfKind } from "../btf/types.js";
import type { KsymSpec } from "../spec.js";
import { typesCompatible } from "./compatible.js";

/**
 * Finds a kernel variable or function by name and type.
 *
 * @param object - the object's BTF.
 * @param ksym - an extern of the object; the flavour of a function name is ignored.
 * @param kernel - BTF of vmlinux or of a module.
 * @returns the id of the VAR or FUNC; `undefined` if there is none with this name and type.
 * @example
 * ```ts
 * const typeId = findKsym(object.btf, ksym, Btf.parse(vmlinux));
 * ```
 */
export function findKsym(object: Btf, ksym: KsymSpec, kernel: Btf): number | undefined {
  if (ksym.typeId === 0) return undefined;
  const kind: BtfKind = ksym.function ? "FUNC" : "VAR";
  const id = kernel.id(ksym.function ? essentialName(ksym.name) : ksym.name, kind);
  if (id === undefined) return undefined;
  const localId = ksym.function ? typeOf(object, ksym.typeId) : ksym.typeId;
  const pair = { local: object, localId, target: kernel, targetId: typeOf(kernel, id) };
  return typesCompatible(pair) ? id : undefined;
}

/** Returns the prototype of a FUNC, or the type of a VAR without qualifiers. */
function typeOf(btf: Btf, id: number): number {
  const type = btf.type(id);
  if (type.kind === "FUNC" || type.kind === "VAR") return resolveType(btf, type.type).id;
  return btf.fail(id, `a ${type.kind} where a FUNC or VAR is expected`);
}
