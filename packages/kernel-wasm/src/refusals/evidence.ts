// SPDX-License-Identifier: GPL-2.0-only
import type { MissingRight } from "@bpf-token/syscall";
import {
  Capability,
  type CheckInfo,
  type EvidenceKind,
  enumMembers,
  errnoName,
  type KernelRelease,
  memberSince,
  type NeededBit,
  newestRelease,
  wrongMapFields,
} from "@bpf-token/uapi";
import { itemWords } from "./item-evidence.js";

/** What a check requires and what it found, in words; empty if the check recorded nothing. */
export interface EvidenceWords {
  readonly needed: string;
  readonly present: string;
}

/** Longer lists are abbreviated. */
const LONG_LIST = 6;
const CAPABILITIES = 0xffff_ffff_ffffn;
const LAST_CAPABILITY = 40;

type Enum = Parameters<typeof enumMembers>[0];

const enumOf: Partial<Record<EvidenceKind, Enum>> = {
  CMD: "bpf_cmd",
  MAP_TYPE: "bpf_map_type",
  PROG_TYPE: "bpf_prog_type",
  ATTACH_TYPE: "bpf_attach_type",
};

const lowHalf = (value: bigint): number => Number(value & 0xffff_ffffn);
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const signed = (value: bigint): string => BigInt.asIntN(64, value).toString();
const bytes = (value: bigint): string => `${value} ${value === 1n ? "byte" : "bytes"}`;
const userns = (id: bigint): string => `user namespace #${id}`;

function list(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  if (names.length <= LONG_LIST) return names.join(", ");
  return `${names.slice(0, LONG_LIST).join(", ")} and ${names.length - LONG_LIST} more`;
}

function bits(mask: bigint): readonly number[] {
  const set: number[] = [];
  for (const [first, word] of [Number(mask & 0xffff_ffffn), Number(mask >> 32n)].entries()) {
    for (let i = 0; i < 32; i++) if ((word >>> i) & 1) set.push(32 * first + i);
  }
  return set;
}

const capabilityNames = new Map<number, string>(
  Object.entries(Capability).map(([name, value]) => [value, `CAP_${name}`]),
);

function capability(cap: number): string {
  return capabilityNames.get(cap) ?? `capability ${cap}`;
}

function capabilitySet(set: bigint, wanted: number): string {
  const held = bits(set).filter((cap) => cap <= LAST_CAPABILITY);
  if (held.length === LAST_CAPABILITY + 1) return `all ${held.length} capabilities`;
  if (held.length <= LONG_LIST) return list(held.map(capability), "no capabilities");
  const without = held.includes(wanted) ? "" : ` without ${capability(wanted)}`;
  return `${held.length} capabilities${without}`;
}

/** CAP: the required capability and its namespace; the caller's capabilities and namespace. */
function capabilityWords(needed: bigint, present: bigint): EvidenceWords {
  const cap = lowHalf(needed);
  return {
    needed: `${capability(cap)} in ${userns(needed >> 32n)}`,
    present: `${capabilitySet(present & CAPABILITIES, cap)} (caller in ${userns(present >> 48n)})`,
  };
}

const axisOf: Readonly<Partial<Record<EvidenceKind, NeededBit["axis"]>>> = {
  CMD: "cmds",
  MAP_TYPE: "maps",
  PROG_TYPE: "progs",
  ATTACH_TYPE: "attachs",
};

/** Returns the bit or the capability that a check did not find; undefined if it asks for neither. */
export function missingRight(
  { evidence, errno }: Pick<CheckInfo, "evidence" | "errno">,
  needed: bigint,
  present: bigint,
): MissingRight | undefined {
  const bit = lowHalf(needed);
  if (evidence === "CAP") {
    return { axis: "caps", bit, owner: Number(needed >> 32n), caller: Number(present >> 48n) };
  }
  const axis = axisOf[evidence];
  // Only silent checks compare a bit with a mask. A mask that has the bit was not the reason.
  if (axis === undefined || errno !== undefined || bit > 63) return undefined;
  return (present >> BigInt(bit)) & 1n ? undefined : { axis, bit };
}

/** Returns a member's name as in mount options; `bit N` if the value has no name. */
function memberName(members: ReadonlyMap<number, string>, value: number): string {
  return members.get(value)?.toLowerCase() ?? `bit ${value}`;
}

const memberTables = new Map<string, ReadonlyMap<number, string>>();

/** Returns the first name of each value. */
function membersOf(kind: Enum, release: KernelRelease): ReadonlyMap<number, string> {
  const key = `${kind} ${release}`;
  let members = memberTables.get(key);
  if (members === undefined) {
    const rows = enumMembers(kind, release).map(({ name, value }) => [value, name] as const);
    members = new Map(rows.reverse());
    memberTables.set(key, members);
  }
  return members;
}

function maskWords(
  kind: Enum,
  release: KernelRelease,
  needed: bigint,
  present: bigint,
): EvidenceWords {
  const members = membersOf(kind, release);
  const member = kind === "bpf_attach_type" && needed >> 32n === 1n;
  const asked = member ? lowHalf(needed) : Number(BigInt.asIntN(64, needed));
  const held = bits(present).map((bit) => memberName(members, bit));
  const all = present === 0xffff_ffff_ffff_ffffn;
  const name = members.has(asked) ? `bit ${memberName(members, asked)}` : `bit ${asked}`;
  return {
    // The mask has the member's number as a bit, whatever attach type the bit is named after.
    needed: member ? `${name}, for member ${asked} of the struct_ops type` : name,
    present: all ? "any" : list(held, "nothing"),
  };
}

/** A command or type that this release lacks: since when it exists. */
function sinceWords(kind: Enum, needed: bigint, present: bigint): EvidenceWords {
  const value = Number(present);
  const since = memberSince(kind, value);
  const name = enumMembers(kind, newestRelease)
    .find((one) => one.value === value)
    ?.name.toLowerCase();
  if (since === undefined || name === undefined) {
    return { needed: `below ${needed}`, present: `${value}` };
  }
  return { needed: `Linux ${since}, the first with ${name}`, present: `${value} (${name})` };
}

/** The fields of a map definition that its type refuses. */
function mapWords(needed: bigint, present: bigint): EvidenceWords {
  const sizes = {
    type: lowHalf(present),
    keySize: Number(needed >> 32n),
    valueSize: lowHalf(needed),
    maxEntries: Number(present >> 32n),
  };
  const wrong = wrongMapFields(sizes);
  if (wrong.length > 0) {
    return {
      needed: wrong.map(({ field, required }) => `${field} ${required}`).join(", "),
      present: wrong.map(({ field, actual }) => `${field} ${actual}`).join(", "),
    };
  }
  const { keySize, valueSize, maxEntries } = sizes;
  return {
    needed: "",
    present: `key_size ${keySize}, value_size ${valueSize}, max_entries ${maxEntries}`,
  };
}

function errorName(value: bigint): string {
  const number = Number(BigInt.asIntN(32, value));
  if (number === 0) return "";
  return errnoName(number) ?? `errno ${Math.abs(number)}`;
}

/**
 * Describes the two numbers that a check recorded.
 *
 * @param kind - the meaning of the numbers, from the check table.
 * @param release - defines the names of commands and types.
 */
export function evidenceWords(
  kind: EvidenceKind,
  release: KernelRelease,
  needed: bigint,
  present: bigint,
): EvidenceWords {
  const mask = enumOf[kind];
  if (mask !== undefined) return maskWords(mask, release, needed, present);
  switch (kind) {
    case "CAP":
      return capabilityWords(needed, present);
    case "USERNS":
      return { needed: userns(needed), present: userns(present) };
    case "FLAGS":
      return {
        needed: needed === 0n ? "no flags" : `flags within ${hex(needed)}`,
        present: hex(present),
      };
    case "HEX":
      return { needed: hex(needed), present: hex(present) };
    case "SIZE":
      return { needed: bytes(needed), present: bytes(present) };
    case "LIMIT":
      return { needed: `at most ${signed(needed)}`, present: signed(present) };
    case "ERRNO":
      return { needed: errorName(needed), present: errorName(present) };
    case "FD":
      return { needed: "", present: `fd ${BigInt.asIntN(32, present)}` };
    case "SINCE_CMD":
      return sinceWords("bpf_cmd", needed, present);
    case "SINCE_MAP":
      return sinceWords("bpf_map_type", needed, present);
    case "SINCE_PROG":
      return sinceWords("bpf_prog_type", needed, present);
    case "MAP_ATTR":
      return mapWords(needed, present);
    case "ITEM":
      return itemWords(release, needed, present);
    case "NUMBER":
    case "PHASE":
      return { needed: signed(needed), present: signed(present) };
    default:
      return { needed: "", present: "" };
  }
}
