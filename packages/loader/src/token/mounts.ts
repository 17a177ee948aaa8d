// SPDX-License-Identifier: MIT
import { bpffsIn } from "@bpf-token/delegation";
import type { TokenAllows } from "../load/session.js";
import { masksOfOptions } from "./masks.js";

/** A bpffs mount that a task sees. */
export interface BpffsMount {
  readonly path: string;
  /** What the mount options delegate. */
  readonly delegates: TokenAllows;
}

/** The only path where libbpf looks by default. */
const USUAL = "/sys/fs/bpf";

/**
 * Returns every bpffs mount in the text of `/proc/self/mountinfo`, the usual path first. For mounts
 * on top of each other, the last one counts. Bind mounts of subdirectories are ignored, because
 * tokens can only be created from the root.
 */
export function bpffsMounts(mountinfo: string): BpffsMount[] {
  const mounts = bpffsIn(mountinfo)
    .filter(({ root }) => root === "/")
    .map(({ path, delegates }) => {
      return { path, delegates: masksOfOptions(new Map(Object.entries(delegates))) };
    });
  return [
    ...mounts.filter(({ path }) => path === USUAL),
    ...mounts.filter(({ path }) => path !== USUAL),
  ];
}
