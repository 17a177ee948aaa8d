// SPDX-License-Identifier: MIT
import * as uapi from "@bpf-token/uapi";

/** A group of names that an argument accepts. */
export interface NameGroup {
  /** The term for a member, for messages: `map type`, `CLONE flag`. */
  readonly what: string;
  /** The prefix in C, which is optional in a scenario: `BPF_MAP_TYPE_`. */
  readonly prefix: string;
  /** Values by name, without the prefix. */
  readonly members: Readonly<Record<string, number | bigint>>;
}

function flags(group: string, members: NameGroup["members"], prefix = `${group}_`): NameGroup {
  return { what: `${group} flag`, prefix, members };
}

const { AttachType, BpfCmd, Capability, FsconfigCmd, MapType, ProgType } = uapi;

/** Name groups by their key in the system call table and in `attr`. */
export const groups: Readonly<Record<string, NameGroup>> = {
  bpf_cmd: { what: "command", prefix: "BPF_", members: BpfCmd },
  bpf_map_type: { what: "map type", prefix: "BPF_MAP_TYPE_", members: MapType },
  bpf_prog_type: { what: "program type", prefix: "BPF_PROG_TYPE_", members: ProgType },
  bpf_attach_type: { what: "attach type", prefix: "BPF_", members: AttachType },
  fsconfig_command: { what: "fsconfig command", prefix: "FSCONFIG_", members: FsconfigCmd },
  capability: { what: "capability", prefix: "CAP_", members: Capability },
  AF: flags("AF", uapi.AF),
  AT: flags("AT", uapi.AT),
  BPF_F: flags("BPF_F", uapi.BPF_F),
  BPF_UPDATE: flags("BPF", uapi.BPF_UPDATE),
  CLONE: flags("CLONE", uapi.CLONE),
  EFD: flags("EFD", uapi.EFD),
  F: { what: "fcntl command", prefix: "F_", members: uapi.F },
  FSMOUNT: flags("FSMOUNT", uapi.FSMOUNT),
  FSOPEN: flags("FSOPEN", uapi.FSOPEN),
  FSPICK: flags("FSPICK", uapi.FSPICK),
  MAP: flags("MAP", uapi.MAP),
  MFD: flags("MFD", uapi.MFD),
  XATTR: flags("XATTR", uapi.XATTR),
  MNT: flags("MNT", uapi.MNT),
  MOUNT_ATTR: flags("MOUNT_ATTR", uapi.MOUNT_ATTR),
  MOVE_MOUNT: flags("MOVE_MOUNT", uapi.MOVE_MOUNT),
  MS: flags("MS", uapi.MS),
  NS: { what: "namespace request", prefix: "NS_", members: uapi.NS },
  O: flags("O", uapi.O),
  OPEN_TREE: flags("OPEN_TREE", uapi.OPEN_TREE),
  PR: { what: "prctl option", prefix: "PR_", members: uapi.PR },
  PROT: flags("PROT", uapi.PROT),
  RESOLVE: flags("RESOLVE", uapi.RESOLVE),
  RLIMIT: { what: "resource", prefix: "RLIMIT_", members: uapi.RLIMIT },
  SEEK: { what: "origin", prefix: "SEEK_", members: uapi.SEEK },
  SOCK: flags("SOCK", uapi.SOCK),
};

/** Returns the group of a key; undefined for a key without names. */
export function groupOf(key: string | undefined): NameGroup | undefined {
  return key !== undefined && Object.hasOwn(groups, key) ? groups[key] : undefined;
}

/** Returns the value of a name, with or without its prefix. */
export function valueOfName(group: NameGroup, word: string): number | bigint | undefined {
  const { members, prefix } = group;
  if (Object.hasOwn(members, word)) return members[word];
  if (!word.startsWith(prefix)) return undefined;
  const name = word.slice(prefix.length);
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** The first name of each value, by group. A number and an equal bigint are the same value. */
const namesByValue = new WeakMap<NameGroup, ReadonlyMap<bigint, string>>();

function namesOf(group: NameGroup): ReadonlyMap<bigint, string> {
  const known = namesByValue.get(group);
  if (known !== undefined) return known;
  const rows = Object.entries(group.members).map(([name, value]) => [BigInt(value), name] as const);
  const names = new Map(rows.reverse());
  namesByValue.set(group, names);
  return names;
}

/** Returns the name of a value, with its prefix; undefined if it has none. */
export function nameOfValue(group: NameGroup, value: number | bigint): string | undefined {
  const name = namesOf(group).get(BigInt(value));
  return name === undefined ? undefined : `${group.prefix}${name}`;
}
