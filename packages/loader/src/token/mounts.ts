// SPDX-License-Identifier: MIT
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

/** mountinfo shows spaces and similar characters as octal numbers. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));

/**
 * Returns every bpffs mount in the text of `/proc/self/mountinfo`, the usual path first. For mounts
 * on top of each other, the last one counts. Bind mounts of subdirectories are ignored, because
 * tokens can only be created from the root.
 */
export function bpffsMounts(mountinfo: string): BpffsMount[] {
  const found = new Map<string, BpffsMount>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after] = line.split(" - ", 2);
    const [, , , root, path] = before.split(" ");
    const [type, , ...options] = after?.split(" ") ?? [];
    if (path === undefined) continue;
    found.delete(unescaped(path));
    if (type !== "bpf" || root !== "/") continue;
    const pairs = options
      .join(" ")
      .split(",")
      .map((option) => option.split("=", 2) as [string, string?]);
    const known = new Map(pairs.map(([name, value = ""]) => [name, value]));
    found.set(unescaped(path), { path: unescaped(path), delegates: masksOfOptions(known) });
  }
  const mounts = [...found.values()];
  return [
    ...mounts.filter(({ path }) => path === USUAL),
    ...mounts.filter(({ path }) => path !== USUAL),
  ];
}
