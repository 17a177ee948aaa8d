// SPDX-License-Identifier: MIT
import {
  attrLayout,
  type BpfCmdName,
  type Field,
  type KernelRelease,
  kernelReleases,
  type Layout,
} from "@bpf-token/uapi";
import { groupOf, type NameGroup } from "./names.js";

/**
 * The group of names that a field of an attribute accepts, by the field's name.
 *
 * @example
 * ```ts
 * fieldGroups.map_type; // "bpf_map_type"
 * ```
 */
export const fieldGroups: Readonly<Record<string, string>> = {
  map_type: "bpf_map_type",
  prog_type: "bpf_prog_type",
  expected_attach_type: "bpf_attach_type",
  attach_type: "bpf_attach_type",
  map_flags: "BPF_F",
  prog_flags: "BPF_F",
  btf_flags: "BPF_F",
  open_flags: "BPF_F",
  file_flags: "BPF_F",
  attach_flags: "BPF_F",
  query_flags: "BPF_F",
};

/** Returns the name groups that a field accepts. */
export function groupsOfField(cmd: string, field: string): readonly NameGroup[] {
  const element = field === "flags" && /^MAP_.*_ELEM$/.test(cmd);
  const group = element
    ? groupOf("BPF_UPDATE")
    : groupOf(Object.hasOwn(fieldGroups, field) ? fieldGroups[field] : undefined);
  return group === undefined ? [] : [group];
}

/** Fields that hold the size of another field's memory. The runner fills them in if omitted. */
export const counted: readonly { pointer: string; size: string; unit: number }[] = [
  { pointer: "insns", size: "insn_cnt", unit: 8 },
  { pointer: "btf", size: "btf_size", unit: 1 },
  { pointer: "info", size: "info_len", unit: 1 },
  { pointer: "log_buf", size: "log_size", unit: 1 },
  { pointer: "btf_log_buf", size: "btf_log_size", unit: 1 },
];

/** A field and the layout of the release that has it. */
export interface PlacedField {
  readonly field: Field;
  readonly layout: Layout<object>;
}

/**
 * Returns the layout of a command's field: that of the kernel's release or, if the release lacks the
 * field, of the first release that has it, as a program built with newer headers would pass it.
 */
export function placeField(
  cmd: BpfCmdName,
  name: string,
  release: KernelRelease,
): PlacedField | undefined {
  const known = placesOf(cmd, release);
  if (!known.has(name)) known.set(name, findPlace(cmd, name, release));
  return known.get(name);
}

/** A cache, because a run looks up the same few fields many times. */
const places = new Map<KernelRelease, Map<BpfCmdName, Map<string, PlacedField | undefined>>>();

function placesOf(cmd: BpfCmdName, release: KernelRelease): Map<string, PlacedField | undefined> {
  const commands = places.get(release) ?? new Map<BpfCmdName, Map<string, PlacedField>>();
  places.set(release, commands);
  const fields = commands.get(cmd) ?? new Map<string, PlacedField | undefined>();
  commands.set(cmd, fields);
  return fields;
}

function findPlace(cmd: BpfCmdName, name: string, release: KernelRelease): PlacedField | undefined {
  const at = kernelReleases.indexOf(release);
  const order = [...kernelReleases.slice(at), ...kernelReleases.slice(0, at).reverse()];
  for (const one of order) {
    const layout = layoutOf(cmd, one);
    const field = layout?.fields.find((f) => f.name === name);
    if (layout !== undefined && field !== undefined) return { field, layout };
  }
  return undefined;
}

/** Returns the names of all fields that a command has in any release. */
export function fieldNames(cmd: BpfCmdName): readonly string[] {
  const names = kernelReleases.flatMap((r) => layoutOf(cmd, r)?.fields.map((f) => f.name) ?? []);
  return [...new Set(names)];
}

/** Returns the layout of a command in a release; undefined if the command is newer. */
export function layoutOf(cmd: BpfCmdName, release: KernelRelease): Layout<object> | undefined {
  try {
    return attrLayout(cmd, release) as unknown as Layout<object>;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
