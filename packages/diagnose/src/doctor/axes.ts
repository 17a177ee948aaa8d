// SPDX-License-Identifier: MIT
import { type DelegationEnum, enumMembers, newestRelease } from "@bpf-token/uapi";

/** The four delegate masks, by the word of their mount option. */
export const axes = ["cmds", "maps", "progs", "attachs"] as const;
/** One of {@link axes}. */
export type Axis = (typeof axes)[number];

const enums: Readonly<Record<Axis, DelegationEnum>> = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
};

/** What one bit of a mask stands for, in messages. */
export const what: Readonly<Record<Axis, string>> = {
  cmds: "command",
  maps: "map type",
  progs: "program type",
  attachs: "attach type",
};

/** Returns the words of a mask as the kernel prints it; an empty list if the option is not set. */
export function wordsOf(
  delegates: Readonly<Record<string, string>>,
  axis: Axis,
): readonly string[] {
  const text = delegates[`delegate_${axis}`];
  return text === undefined || text === "" ? [] : text.split(":");
}

/** Whether a mask, as the kernel prints it, has the bit with a number. */
export function allows(
  delegates: Readonly<Record<string, string>>,
  axis: Axis,
  bit: number,
): boolean {
  const members = enumMembers(enums[axis], newestRelease);
  return wordsOf(delegates, axis).some((word) => {
    if (word === "any") return true;
    if (/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word))
      return ((BigInt(word) >> BigInt(bit)) & 1n) === 1n;
    return members.some(({ name, value }) => value === bit && name.toLowerCase() === word);
  });
}
