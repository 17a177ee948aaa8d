// SPDX-License-Identifier: MIT
import type { BpfMap, Collection } from "@bpf-token/loader";
import type { Value } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { BPF_F } from "@bpf-token/uapi";
import { typeName } from "../inspect/type-name.js";

/** The elements of a map after a test run, decoded with the BTF of the object. */
export interface MapContents {
  readonly name: string;
  /** The map type: `percpu_hash`. */
  readonly type: string;
  /** The elements; those of arrays only if they are not zero. Null if the map cannot be read. */
  readonly elements: readonly MapElement[] | null;
  /** Why the map cannot be read: the name of the errno; null if it can. */
  readonly code: string | null;
}

/** One element of a map. Per-CPU maps have one value per CPU. */
export interface MapElement {
  readonly key: Value;
  readonly value: Value;
}

/** Reads all maps of a collection that its programs can write. */
export function readMaps(collection: Collection): readonly MapContents[] {
  const writable = [...collection.maps.values()].filter(
    ({ spec }) => (spec.flags & BPF_F.RDONLY_PROG) === 0,
  );
  return writable.map(contentsOf);
}

function contentsOf(map: BpfMap): MapContents {
  const about = { name: map.name, type: typeName("bpf_map_type", map.spec.type) };
  try {
    const found = (map as BpfMap<Value, Value>).readAll();
    const elements = found.map(([key, value]) => ({ key, value }));
    const isArray = about.type.endsWith("array");
    const shown = isArray ? elements.filter(({ value }) => !isZero(value)) : elements;
    return { ...about, elements: shown, code: null };
  } catch (error) {
    if (BpfError.is(error)) return { ...about, elements: null, code: error.code };
    throw error;
  }
}

function isZero(value: Value): boolean {
  if (typeof value !== "object") return !value;
  return Object.values(value).every((part: Value) => isZero(part));
}
