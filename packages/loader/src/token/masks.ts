// SPDX-License-Identifier: MIT
import { type DelegationEnum, enumMembers, newestRelease, structLayout } from "@bpf-token/uapi";
import { bpfInto, read, type Steps } from "../calls/steps.js";
import type { TokenAllows } from "../load/session.js";

const ALL = (1n << 64n) - 1n;

const enums: Readonly<Record<keyof TokenAllows, DelegationEnum>> = {
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
};

const kinds = Object.keys(enums) as (keyof TokenAllows)[];

/** Parses a mask as the kernel prints it: `any`, or names and numbers separated by `:`. */
export function parseMask(kind: keyof TokenAllows, text: string): bigint {
  if (text === "any") return ALL;
  const members = new Map(
    enumMembers(enums[kind], newestRelease).map(({ name, value }) => [name.toLowerCase(), value]),
  );
  return text
    .split(":")
    .map((word) => {
      const value = members.get(word);
      if (value !== undefined) return 1n << BigInt(value);
      return /^(0x[0-9a-f]+|\d+)$/.test(word) ? BigInt(word) : 0n;
    })
    .reduce((all, bits) => all | bits, 0n);
}

/** Returns the masks in mount options; an omitted option delegates nothing. */
export function masksOfOptions(options: ReadonlyMap<string, string>): TokenAllows {
  const mask = (kind: keyof TokenAllows): bigint => {
    const text = options.get(`delegate_${kind}`);
    return text === undefined ? 0n : parseMask(kind, text);
  };
  return { cmds: mask("cmds"), maps: mask("maps"), progs: mask("progs"), attachs: mask("attachs") };
}

/**
 * Returns what a token allows: from the kernel's info (since Linux 6.17), or from
 * `/proc/self/fdinfo` (since Linux 6.9).
 */
export function* masksOf(fd: number): Steps<TokenAllows | undefined> {
  const layout = structLayout("bpf_token_info");
  const bytes = new Uint8Array(layout.size);
  const attr = { bpf_fd: fd, info_len: bytes.length, info: { bytes } };
  const { ret } = yield* bpfInto("OBJ_GET_INFO_BY_FD", attr, "token");
  if (ret >= 0) {
    const info = layout.decode(bytes);
    return {
      cmds: info.allowed_cmds,
      maps: info.allowed_maps,
      progs: info.allowed_progs,
      attachs: info.allowed_attachs,
    };
  }
  const text = yield* read(`/proc/self/fdinfo/${fd}`);
  return typeof text === "number" ? undefined : masksOfFdinfo(new TextDecoder().decode(text));
}

/** Parses the masks in a token's fdinfo. */
export function masksOfFdinfo(text: string): TokenAllows | undefined {
  const found = kinds.map((kind) => {
    const value = new RegExp(`^allowed_${kind}:\\s*(\\S+)$`, "m").exec(text)?.[1];
    return value === undefined ? undefined : ([kind, parseMask(kind, value)] as const);
  });
  const masks = Object.fromEntries(found.filter((one) => one !== undefined));
  return found.includes(undefined) ? undefined : (masks as unknown as TokenAllows);
}
