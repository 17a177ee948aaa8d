// SPDX-License-Identifier: MIT
import { MapType } from "@bpf-token/uapi";
import type { Btf } from "../btf/btf.js";
import { type Resolved, resolveType, sizeOfType } from "../btf/resolve.js";
import type { BtfComposite, BtfMember } from "../btf/types.js";
import type { MapSpec } from "../spec.js";
import { emptyMap } from "./placed.js";

type Draft = { -readonly [Key in keyof MapSpec]: MapSpec[Key] };

/** A struct that defines a map; names and types of its members are the map's properties. */
interface Definition {
  readonly btf: Btf;
  readonly id: number;
  readonly draft: Draft;
  /** Whether it defines the inner map of a map of maps. */
  readonly inner: boolean;
}

/** Reads a map definition from the type of its variable in `.maps`. */
export function readDefinition(
  btf: Btf,
  typeId: number,
  name: string,
  section: string,
  inner = false,
): MapSpec {
  const { id, type } = resolveType(btf, typeId);
  if (type.kind !== "STRUCT") return btf.fail(id, `map ${name} is not defined by a struct`);
  const definition: Definition = { btf, id, draft: { ...emptyMap(name, section) }, inner };
  for (const [i, member] of type.members.entries()) {
    readMember(definition, member, i === type.members.length - 1);
  }
  if (definition.draft.type === MapType.UNSPEC) btf.fail(id, `map ${name} has no type`);
  return definition.draft;
}

function readMember(definition: Definition, member: BtfMember, last: boolean): void {
  const { btf, draft, id } = definition;
  switch (member.name) {
    case "type":
      draft.type = numberOf(btf, member);
      break;
    case "max_entries":
      draft.maxEntries = numberOf(btf, member);
      break;
    case "map_flags":
      draft.flags = numberOf(btf, member);
      break;
    case "numa_node":
      draft.numaNode = numberOf(btf, member);
      break;
    case "map_extra":
      draft.extra = wideNumberOf(btf, member);
      break;
    case "key_size":
      draft.keySize = agreed(definition, "key", draft.keySize, numberOf(btf, member));
      break;
    case "value_size":
      draft.valueSize = agreed(definition, "value", draft.valueSize, numberOf(btf, member));
      break;
    case "key":
      draft.keyTypeId = pointee(btf, member);
      draft.keySize = agreed(definition, "key", draft.keySize, sizeOfType(btf, draft.keyTypeId));
      break;
    case "value":
      draft.valueTypeId = pointee(btf, member);
      draft.valueSize = agreed(
        definition,
        "value",
        draft.valueSize,
        sizeOfType(btf, draft.valueTypeId),
      );
      break;
    case "pinning":
      draft.pinning = pinningOf(definition, numberOf(btf, member));
      break;
    case "values":
      if (!last) btf.fail(id, `map ${draft.name}: values are not the last member`);
      readValues(definition, member);
      break;
    default:
      btf.fail(id, `map ${draft.name} has an unknown member ${member.name}`);
  }
}

/** Reads a number, which the definition encodes as the length of an array that it points to. */
function numberOf(btf: Btf, member: BtfMember): number {
  const { type: pointer } = resolveType(btf, member.type);
  if (pointer.kind === "PTR") {
    const array = btf.type(pointer.type);
    if (array.kind === "ARRAY") return array.count;
  }
  return btf.fail(member.type, `member ${member.name} of a map is not a number`);
}

/** Reads a 64-bit number, which the definition may encode as the only enumerator of an enum. */
function wideNumberOf(btf: Btf, member: BtfMember): bigint {
  const { type } = resolveType(btf, member.type);
  if (type.kind !== "ENUM" && type.kind !== "ENUM64") return BigInt(numberOf(btf, member));
  const [only] = type.values;
  if (only === undefined || type.values.length > 1) {
    return btf.fail(member.type, `member ${member.name} of a map is an enum of several values`);
  }
  return BigInt.asUintN(64, only.value);
}

function pointee(btf: Btf, member: BtfMember): number {
  const pointer = btf.type(member.type);
  if (pointer.kind === "PTR") return pointer.type;
  return btf.fail(member.type, `member ${member.name} of a map is not a pointer`);
}

function agreed({ btf, id, draft }: Definition, what: string, was: number, is: number): number {
  if (was === 0 || was === is) return is;
  return btf.fail(id, `map ${draft.name}: the ${what} size is both ${was} and ${is} bytes`);
}

function pinningOf({ btf, id, draft, inner }: Definition, value: number): "none" | "by-name" {
  if (inner) btf.fail(id, `map ${draft.name}: an inner map cannot be pinned`);
  if (value > 1) btf.fail(id, `map ${draft.name}: unknown pinning ${value}`);
  return value === 1 ? "by-name" : "none";
}

export function isMapOfMaps(type: number): boolean {
  return type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
}

/** Reads `values`: a flexible array of pointers to functions or to inner map definitions. */
function readValues(definition: Definition, member: BtfMember): void {
  const { btf, draft, id, inner } = definition;
  const ofPrograms = draft.type === MapType.PROG_ARRAY;
  if (!ofPrograms && !isMapOfMaps(draft.type)) {
    btf.fail(id, `map ${draft.name}: its type does not allow values`);
  }
  if (inner) btf.fail(id, `map ${draft.name}: an inner map cannot have inner maps`);
  draft.valueSize = agreed(definition, "value", draft.valueSize, 4);
  const { id: target, type } = pointedByValues(definition, member);
  if (ofPrograms) {
    if (type.kind !== "FUNC_PROTO") btf.fail(id, `map ${draft.name}: values are not functions`);
    return;
  }
  draft.inner = readDefinition(btf, target, `${draft.name}.inner`, draft.section, true);
}

function pointedByValues({ btf, draft, id }: Definition, member: BtfMember): Resolved {
  const array = btf.type(member.type);
  if (array.kind !== "ARRAY" || array.count !== 0) {
    return btf.fail(id, `map ${draft.name}: values are not a flexible array`);
  }
  const { type: pointer } = resolveType(btf, array.elementType);
  if (pointer.kind === "PTR") return resolveType(btf, pointer.type);
  return btf.fail(id, `map ${draft.name}: values are not pointers`);
}

/** Returns the byte offset of `values` in a map definition; `undefined` if it has none. */
export function placeOfValues(btf: Btf, typeId: number): number | undefined {
  const { members } = resolveType(btf, typeId).type as BtfComposite;
  const last = members.at(-1);
  return last?.name === "values" ? last.bitOffset / 8 : undefined;
}
