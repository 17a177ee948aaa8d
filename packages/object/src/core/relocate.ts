// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { btfKinds } from "../btf/types.js";
import { ObjectFormatError } from "../error.js";
import { INSN } from "../programs/functions.js";
import type { CoreRelocation, FunctionSpec, ObjectSpec } from "../spec.js";
import { type Access, readAccess } from "./access.js";
import { sameKind } from "./compatible.js";
import { findInTarget } from "./find.js";
import { patch, poison } from "./patch.js";
import { coreValue, type Value } from "./value.js";

/** The result of one CO-RE relocation. See {@link AdjustedObject}. */
export interface CoreResult {
  /** The relocation. */
  readonly relocation: CoreRelocation;
  /** The value for this kernel; `undefined` if the instruction must not be reachable. */
  readonly value: bigint | undefined;
  /** Id of the kernel type that was found. */
  readonly targetId: number | undefined;
  /** Whether the kernel has no type of this name; a module may have one. */
  readonly unknown: boolean;
}

/** An object whose instructions fit one kernel. Returned by {@link relocateCore}. */
export interface AdjustedObject {
  /** The adjusted object; the original is unchanged. */
  readonly object: ObjectSpec;
  /** The result of each relocation. */
  readonly results: readonly CoreResult[];
}

/**
 * Applies CO-RE relocations: adjusts the instructions of an object to the types of a kernel. Where
 * the kernel lacks a field or type, the instruction becomes a call of the invalid helper
 * {@link CORE_POISON}. The verifier refuses the call if it is reachable.
 *
 * @param target - BTF of the kernel, as in `/sys/kernel/btf/vmlinux`.
 * @param wanted - functions to adjust, as indices; default: all.
 * @param modules - BTF of kernel modules, used for names that the kernel itself does not have.
 * @throws ObjectFormatError if an instruction does not match the object's BTF, or if several kernel
 *   types with the name give different results.
 * @example
 * ```ts
 * const { object, results } = relocateCore(parsed, Btf.parse(vmlinux));
 * const missing = results.filter(({ value }) => value === undefined);
 * ```
 */
export function relocateCore(
  object: ObjectSpec,
  target: Btf,
  wanted?: ReadonlySet<number>,
  modules: readonly Btf[] = [],
): AdjustedObject {
  const { btf } = object;
  if (btf === undefined || object.coreRelocations.length === 0) return { object, results: [] };
  const resolver = new Resolver(btf, target, modules);
  const changed = new Map<number, Uint8Array>();
  const results: CoreResult[] = [];
  for (const relocation of object.coreRelocations) {
    const { function: index } = relocation;
    if (wanted?.has(index) === false) continue;
    const spec = object.functions[index] as FunctionSpec;
    const insns = changed.get(index) ?? spec.insns.slice();
    changed.set(index, insns);
    results.push(apply(resolver, spec, insns, relocation));
  }
  const functions = object.functions.map((spec, index) => {
    const insns = changed.get(index);
    return insns === undefined ? spec : { ...spec, insns };
  });
  return { object: { ...object, functions }, results };
}

function apply(
  resolver: Resolver,
  spec: FunctionSpec,
  insns: Uint8Array,
  relocation: CoreRelocation,
): CoreResult {
  const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength);
  const { insn } = relocation;
  const fail = (reason: string): never => {
    throw new ObjectFormatError(spec.section, (spec.start + insn) * INSN, `CO-RE: ${reason}`);
  };
  const { local, value, targetId, unknown } = resolver.resolve(relocation, fail);
  if (local === undefined || value === undefined) poison(view, insn);
  else {
    const wrong = patch(view, insn, local, value);
    if (wrong !== undefined) fail(wrong);
  }
  return { relocation, value: value?.value, targetId, unknown };
}

interface Resolution {
  readonly local: Value | undefined;
  readonly value: Value | undefined;
  readonly targetId: number | undefined;
  readonly unknown: boolean;
}

/** A kernel type that has the name of the object's type. */
interface Candidate {
  readonly btf: Btf;
  readonly id: number;
}

class Resolver {
  readonly #btf: Btf;
  readonly #target: Btf;
  readonly #modules: readonly Btf[];
  /** Kernel types by local type id, without those that earlier relocations ruled out. */
  readonly #candidates = new Map<number, readonly Candidate[]>();
  readonly #known = new Map<string, Resolution>();

  constructor(btf: Btf, target: Btf, modules: readonly Btf[]) {
    this.#btf = btf;
    this.#target = target;
    this.#modules = modules;
  }

  resolve(relocation: CoreRelocation, fail: (reason: string) => never): Resolution {
    const { kind, typeId, access } = relocation;
    const key = `${typeId} ${kind} ${access}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#resolve(relocation, fail);
    this.#known.set(key, found);
    return found;
  }

  #resolve(relocation: CoreRelocation, fail: (reason: string) => never): Resolution {
    const { kind, typeId } = relocation;
    const local = readAccess(this.#btf, relocation);
    if (kind === "type-id-local") {
      const value: Value = { value: BigInt(typeId), certain: false };
      return { local: value, value, targetId: undefined, unknown: false };
    }
    const name = this.#btf.name(typeId);
    if (name === "") fail("the type has no name, so no kernel type can be found");
    const candidates = this.#candidatesOf(typeId, name);
    const found = candidates.flatMap(({ btf, id }) => {
      const access = findInTarget(local, kind, btf, id);
      return access === undefined ? [] : [{ btf, id, access, value: coreValue(kind, access) }];
    });
    const [first] = found;
    const localValue = coreValue(kind, local);
    if (first === undefined) {
      const unknown = candidates.length === 0;
      return { local: localValue, value: coreValue(kind, undefined), targetId: undefined, unknown };
    }
    if (found.some((other) => differs(first, other))) {
      fail(`the kernel has several types ${name} with different results: ${ids(found)}`);
    }
    this.#candidates.set(typeId, found);
    return { local: localValue, value: first.value, targetId: first.id, unknown: false };
  }

  #candidatesOf(typeId: number, name: string): readonly Candidate[] {
    const known = this.#candidates.get(typeId);
    if (known !== undefined) return known;
    const kind = this.#btf.kind(typeId);
    const kinds = btfKinds.filter((one) => sameKind(one, kind));
    const all = (btf: Btf): Candidate[] => btf.idsOf(name, ...kinds).map((id) => ({ btf, id }));
    let found = all(this.#target);
    if (found.length === 0) found = this.#modules.flatMap(all);
    this.#candidates.set(typeId, found);
    return found;
  }
}

const ids = (found: readonly Candidate[]): string => found.map(({ id }) => id).join(", ");

interface Found {
  readonly access: Access;
  readonly value: Value | undefined;
}

function differs(a: Found, b: Found): boolean {
  return a.access.bitOffset !== b.access.bitOffset || a.value?.value !== b.value?.value;
}
