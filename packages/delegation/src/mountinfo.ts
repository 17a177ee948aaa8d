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

/** One mount of a BPF filesystem, with what distinguishes it from the other mounts. */
export interface BpffsPlace extends BpffsMount {
  /** The id of the mount. The fdinfo of a token has it as `mnt_id`. */
  readonly id: number;
  /** Whether a later mount at the same path hides it. Who may unmount that one reaches it. */
  readonly hidden: boolean;
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
export const bpffsIn = (mountinfo: string): readonly BpffsMount[] =>
  bpffsPlacesIn(mountinfo)
    .filter(({ hidden }) => !hidden)
    .map(({ path, device, root, delegates }) => ({ path, device, root, delegates }));

/**
 * Returns every mount of a BPF filesystem in the text of `/proc/PID/mountinfo`, also the hidden ones.
 * Accepts any text.
 *
 * @example
 * ```ts
 * bpffsPlacesIn(readFileSync("/proc/self/mountinfo", "utf8")).filter(({ hidden }) => hidden);
 * ```
 */
export function bpffsPlacesIn(mountinfo: string): readonly BpffsPlace[] {
  const last = new Map<string, number>();
  const found: (BpffsPlace & { readonly line: number })[] = [];
  for (const [line, text] of mountinfo.split("\n").entries()) {
    const dash = text.indexOf(" - ");
    const [before, after] = dash < 0 ? [text, ""] : [text.slice(0, dash), text.slice(dash + 3)];
    const [id, , device, root, place] = before.split(" ");
    if (device === undefined || root === undefined || place === undefined) continue;
    const path = unescaped(place);
    last.set(path, line);
    // The source, the second word, is anybody's text, such as "-".
    const [type, source, ...options] = after.split(" ");
    if (type !== "bpf" || source === undefined) continue;
    const masks = [...`,${options.join(" ")}`.matchAll(/[ ,](delegate_\w+)=([^,\s]+)/g)];
    const delegates = Object.fromEntries(masks.map(([, name = "", mask = ""]) => [name, mask]));
    const rest = { path, device, root: unescaped(root), delegates };
    found.push({ id: Number(id), ...rest, hidden: false, line });
  }
  return found.map(({ line, ...one }) => ({ ...one, hidden: last.get(one.path) !== line }));
}
