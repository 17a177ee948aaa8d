// SPDX-License-Identifier: MIT
import { axisNames, parseMask, parseTokenMasks } from "@bpf-token/delegation";
import { structLayout } from "@bpf-token/uapi";
import { bpfInto, read, type Steps } from "../calls/steps.js";
import type { TokenAllows } from "../load/session.js";

/**
 * Returns the masks in mount options; an omitted option delegates nothing. A name that a newer kernel
 * printed is ignored.
 */
export function masksOfOptions(options: ReadonlyMap<string, string>): TokenAllows {
  const masks = axisNames.map((axis) => {
    const text = options.get(`delegate_${axis}`);
    return [axis, text === undefined ? 0n : parseMask(axis, text, "ignore")] as const;
  });
  return Object.fromEntries(masks) as unknown as TokenAllows;
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
  return typeof text === "number" ? undefined : parseTokenMasks(new TextDecoder().decode(text));
}
