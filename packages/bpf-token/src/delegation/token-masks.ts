// SPDX-License-Identifier: MIT
import { BitSet, type DelegationEnum, enumMembers, newestRelease } from "@bpf-token/uapi";

const kinds: Readonly<Record<string, DelegationEnum>> = {
  allowed_cmds: "bpf_cmd",
  allowed_maps: "bpf_map_type",
  allowed_progs: "bpf_prog_type",
  allowed_attachs: "bpf_attach_type",
};

/** One mask of a token, as {@link parseTokenMasks} returns it. */
export interface TokenMask {
  /** The field of fdinfo: `allowed_cmds`. */
  readonly key: string;
  /** The value as fdinfo prints it: `0x21` or `any`. */
  readonly value: string;
  /** The names of the bits, or only their number if there are more than eight. */
  readonly names: string;
}

/**
 * Parses the masks of a token from `/proc/PID/fdinfo/FD`.
 *
 * @returns an empty list for the fdinfo of any other file.
 * @example
 * ```ts
 * parseTokenMasks("allowed_cmds:\t0x21\n");
 * // [{ key: "allowed_cmds", value: "0x21", names: "map_create, prog_load" }]
 * ```
 */
export function parseTokenMasks(text: string): readonly TokenMask[] {
  return text.split("\n").flatMap((line) => {
    const [, key = "", value = ""] = /^(allowed_\w+):\s+(\S+)$/.exec(line) ?? [];
    const kind = kinds[key];
    return kind === undefined ? [] : [{ key, value, names: namesOf(kind, value) }];
  });
}

/** The first name of each bit, as the kernel prints it (rule RN-06). Bits never change their name. */
function namesOf(kind: DelegationEnum, value: string): string {
  if (!/^0x[0-9a-f]{1,16}$/.test(value)) return "";
  const set = BitSet.fromMask(BigInt(value));
  if (set.size > 8) return `${set.size} bits`;
  const known = enumMembers(kind, newestRelease);
  return [...set]
    .map((bit) => known.find((m) => m.value === bit)?.name.toLowerCase() ?? `bit ${bit}`)
    .join(", ");
}
