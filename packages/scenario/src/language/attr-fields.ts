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

/** Groups of names by field of an attribute. */
const fieldGroups: Readonly<Record<string, string>> = {
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

/** The names that a field takes. */
export function groupsOfField(cmd: string, field: string): readonly NameGroup[] {
  const element = field === "flags" && /^MAP_.*_ELEM$/.test(cmd);
  const group = element
    ? groupOf("BPF_UPDATE")
    : groupOf(Object.hasOwn(fieldGroups, field) ? fieldGroups[field] : undefined);
  return group === undefined ? [] : [group];
}

/** Fields that hold the size of what another field points at: filled in if not given. */
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
 * The field of a command for a kernel: of its own release, or, if it does not have it yet, of the
 * first one that has. That is what a program built against newer headers hands to an older kernel.
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

/** Layouts do not change, and a run looks for the same few fields over and over. */
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

/** The names of all fields that a command has in any release. */
export function fieldNames(cmd: BpfCmdName): readonly string[] {
  const names = kernelReleases.flatMap((r) => layoutOf(cmd, r)?.fields.map((f) => f.name) ?? []);
  return [...new Set(names)];
}

/** The layout of a command in a release; undefined if the command is newer. */
export function layoutOf(cmd: BpfCmdName, release: KernelRelease): Layout<object> | undefined {
  try {
    return attrLayout(cmd, release) as unknown as Layout<object>;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
