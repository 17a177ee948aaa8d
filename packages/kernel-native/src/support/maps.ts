// SPDX-License-Identifier: MIT
import { type AttrByCmd, BPF_F } from "@bpf-token/uapi";

/** Fields of MAP_CREATE that a kernel with the map type accepts. */
export type MapAttr = Partial<AttrByCmd["MAP_CREATE"]>;

/** The helper object that some map types need: an inner map, or BTF. */
export type Needs = "inner" | "types" | undefined;

const PAGE = 4096;
const plain: MapAttr = { key_size: 4, value_size: 4, max_entries: 1 };
const storage: MapAttr = { key_size: 4, value_size: 4, map_flags: BPF_F.NO_PREALLOC };

const special: Readonly<Record<string, MapAttr>> = {
  STACK_TRACE: { ...plain, value_size: 8 },
  LPM_TRIE: { ...plain, key_size: 8, map_flags: BPF_F.NO_PREALLOC },
  CGROUP_STORAGE: { key_size: 16, value_size: 4 },
  PERCPU_CGROUP_STORAGE: { key_size: 16, value_size: 4 },
  QUEUE: { value_size: 4, max_entries: 1 },
  STACK: { value_size: 4, max_entries: 1 },
  BLOOM_FILTER: { value_size: 4, max_entries: 1 },
  RINGBUF: { max_entries: PAGE },
  USER_RINGBUF: { max_entries: PAGE },
  ARENA: { max_entries: 1, map_flags: BPF_F.MMAPABLE },
  INSN_ARRAY: { ...plain, value_size: 16 },
  RHASH: { ...plain, map_flags: BPF_F.NO_PREALLOC },
  // An invalid BTF type id: kernels with struct_ops refuse it with ENOTSUPP.
  STRUCT_OPS: { ...plain, btf_vmlinux_value_type_id: 1, map_flags: BPF_F.LINK },
  SK_STORAGE: storage,
  INODE_STORAGE: storage,
  TASK_STORAGE: storage,
  CGRP_STORAGE: storage,
};

/** Returns the fields that create a map of a type. */
export function mapAttr(type: string): MapAttr {
  return special[type] ?? plain;
}

/** Returns the helper object that must exist first. */
export function mapNeeds(type: string): Needs {
  if (type.endsWith("_OF_MAPS")) return "inner";
  return mapAttr(type) === storage ? "types" : undefined;
}

/** BTF with one type: id 1, `int`, 4 bytes. */
export function intBtf(): Uint8Array {
  const text = new TextEncoder().encode("\0int\0");
  const words = Uint32Array.of(
    0x0001_eb9f,
    24,
    0,
    16,
    16,
    text.length,
    1,
    1 << 24,
    4,
    (1 << 24) | 32,
  );
  return Uint8Array.of(...new Uint8Array(words.buffer), ...text);
}
