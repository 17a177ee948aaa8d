// SPDX-License-Identifier: MIT

/** A BPF filesystem, from a line of `mountinfo`. */
export interface BpffsMount {
  /** The mount point, as the process sees it. */
  readonly path: string;
  /** Device number of the superblock: `0:40`. Two mounts with the same number are one filesystem. */
  readonly device: string;
  /** The directory of the filesystem that is mounted; a token can only be created from `/`. */
  readonly root: string;
  /** The delegate options as the kernel prints them: `{ delegate_cmds: "map_create" }`. */
  readonly delegates: Readonly<Record<string, string>>;
}

/** mountinfo shows spaces and similar characters as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/**
 * Returns the BPF filesystems in the text of `/proc/PID/mountinfo`, also those without a delegation.
 * Of several mounts at one path, the last one hides the others. Accepts any text.
 *
 * @example
 * ```ts
 * bpffsIn(readFileSync("/proc/self/mountinfo", "utf8")).map(({ path }) => path);
 * ```
 */
export function bpffsIn(mountinfo: string): readonly BpffsMount[] {
  const found = new Map<string, BpffsMount>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , device, root, place] = before.split(" ");
    if (device === undefined || root === undefined || place === undefined) continue;
    const path = unescaped(place);
    found.delete(path);
    if (!after.startsWith("bpf ")) continue;
    const masks = [...after.matchAll(/[ ,](delegate_\w+)=([^,\s]+)/g)];
    const delegates = Object.fromEntries(masks.map(([, name = "", mask = ""]) => [name, mask]));
    found.set(path, { path, device, root: unescaped(root), delegates });
  }
  return [...found.values()];
}
