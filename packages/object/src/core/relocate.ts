// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { type BtfKind, btfKinds } from "../btf/types.js";
import { ObjectFormatError } from "../error.js";
import { INSN } from "../programs/functions.js";
import type { CoreRelocation, FunctionSpec, ObjectSpec } from "../spec.js";
import { type Access, readAccess } from "./access.js";
import { sameKind } from "./compatible.js";
import { findInTarget } from "./find.js";
import { patch, poison } from "./patch.js";
import { coreValue, type Value } from "./value.js";

/** What became of a relocation. */
export interface CoreResult {
  readonly relocation: CoreRelocation;
  /** The value for this kernel; `undefined` if the instruction must not be reached. */
  readonly value: bigint | undefined;
  /** The type of the kernel that was found, by its id. */
  readonly targetId: number | undefined;
}

/** An object whose instructions fit the types of a kernel. */
export interface AdjustedObject {
  readonly object: ObjectSpec;
  readonly results: readonly CoreResult[];
}

/**
 * Adjusts instructions to the types of a kernel. What a kernel does not have is made an instruction
 * that its verifier refuses when it is reached: a call of a helper {@link CORE_POISON}.
 *
 * @param target - `/sys/kernel/btf/vmlinux`, or that of the kernel which is meant.
 * @param wanted - functions that count, by index; all if not given.
 * @throws ObjectFormatError where types and instructions do not agree, and where several types of
 *   the kernel give different answers.
 */
export function relocateCore(
  object: ObjectSpec,
  target: Btf,
  wanted?: ReadonlySet<number>,
): AdjustedObject {
  const { btf } = object;
  if (btf === undefined || object.coreRelocations.length === 0) return { object, results: [] };
  const resolver = new Resolver(btf, target);
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
  const { local, value, targetId } = resolver.resolve(relocation, fail);
  if (local === undefined || value === undefined) poison(view, insn);
  else {
    const wrong = patch(view, insn, local, value);
    if (wrong !== undefined) fail(wrong);
  }
  return { relocation, value: value?.value, targetId };
}

interface Resolution {
  readonly local: Value | undefined;
  readonly value: Value | undefined;
  readonly targetId: number | undefined;
}

class Resolver {
  readonly #btf: Btf;
  readonly #target: Btf;
  /** Types of the kernel by local type: those that earlier relocations did not rule out. */
  readonly #candidates = new Map<number, readonly number[]>();
  readonly #known = new Map<string, Resolution>();

  constructor(btf: Btf, target: Btf) {
    this.#btf = btf;
    this.#target = target;
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
      return { local: value, value, targetId: undefined };
    }
    const name = this.#btf.name(typeId);
    if (name === "") fail("the type has no name that the kernel's could have, too");
    const found = this.#candidatesOf(typeId, name).flatMap((id) => {
      const access = findInTarget(local, kind, this.#target, id);
      return access === undefined ? [] : [{ id, access, value: coreValue(kind, access) }];
    });
    const [first] = found;
    const localValue = coreValue(kind, local);
    if (first === undefined) {
      return { local: localValue, value: coreValue(kind, undefined), targetId: undefined };
    }
    if (found.some((other) => differs(first, other))) {
      fail(`types ${found.map(({ id }) => id).join(", ")} of the kernel are all ${name}`);
    }
    this.#candidates.set(
      typeId,
      found.map(({ id }) => id),
    );
    return { local: localValue, value: first.value, targetId: first.id };
  }

  #candidatesOf(typeId: number, name: string): readonly number[] {
    const known = this.#candidates.get(typeId);
    if (known !== undefined) return known;
    const kind = this.#btf.kind(typeId) as BtfKind;
    const kinds = btfKinds.filter((one) => sameKind(one, kind));
    const found = this.#target.idsOf(name, ...kinds);
    this.#candidates.set(typeId, found);
    return found;
  }
}

interface Found {
  readonly access: Access;
  readonly value: Value | undefined;
}

function differs(a: Found, b: Found): boolean {
  return a.access.bitOffset !== b.access.bitOffset || a.value?.value !== b.value?.value;
}
