// SPDX-License-Identifier: MIT
import { BitSet, type DelegationEnum, enumMembers, newestRelease } from "@bpf-token/uapi";

const kinds: Readonly<Record<string, DelegationEnum>> = {
  allowed_cmds: "bpf_cmd",
  allowed_maps: "bpf_map_type",
  allowed_progs: "bpf_prog_type",
  allowed_attachs: "bpf_attach_type",
};

/** A mask of a token. */
export interface TokenMask {
  /** The field of fdinfo: `allowed_cmds`. */
  readonly key: string;
  /** The value as fdinfo prints it: `0x21` or `any`. */
  readonly value: string;
  /** The names of the bits; of more than eight only their number. */
  readonly names: string;
}

/** Parses the text of `/proc/PID/fdinfo/FD`: the masks of a token, or none for any other file. */
export function parseTokenMasks(text: string): readonly TokenMask[] {
  return text.split("\n").flatMap((line) => {
    const [, key = "", value = ""] = /^(allowed_\w+):\s+(\S+)$/.exec(line) ?? [];
    const kind = kinds[key];
    return kind === undefined ? [] : [{ key, value, names: namesOf(kind, value) }];
  });
}

/** The first name of each bit, as the kernel prints it (rule RN-06); bits never change their name. */
function namesOf(kind: DelegationEnum, value: string): string {
  if (!/^0x[0-9a-f]{1,16}$/.test(value)) return "";
  const set = BitSet.fromMask(BigInt(value));
  if (set.size > 8) return `${set.size} bits`;
  const known = enumMembers(kind, newestRelease);
  return [...set]
    .map((bit) => known.find((m) => m.value === bit)?.name.toLowerCase() ?? `bit ${bit}`)
    .join(", ");
}
