// SPDX-License-Identifier: MIT
import type { TokenAllows } from "../load/session.js";
import { masksOfOptions } from "./masks.js";

/** A BPF FS that a task sees. */
export interface BpffsMount {
  readonly path: string;
  /** What its mount options delegate. */
  readonly delegates: TokenAllows;
}

/** Where libbpf looks, and nowhere else. */
const USUAL = "/sys/fs/bpf";

/** Spaces and the like are shown as octal numbers. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));

/**
 * Every BPF FS in the text of `/proc/self/mountinfo`, the usual place first. A mount that another one
 * lies over is shown as well: of one place the last is meant. Only roots of a BPF FS make tokens.
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
