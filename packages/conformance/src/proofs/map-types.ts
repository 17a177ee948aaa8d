// SPDX-License-Identifier: MIT
import { BPF_F, type MapCreateAttr } from "@bpf-token/uapi";

/** The class of a map type: section 3.3 of the specification. */
export type MapClass = "U" | "B" | "N";

type Attr = Partial<MapCreateAttr>;

/** A map type: its class, valid attributes, and a change that makes them invalid. */
export interface MapTypeCase {
  readonly type: number;
  readonly name: string;
  readonly kind: MapClass;
  readonly attr: Attr;
  readonly wrong: Attr;
}

const plain: Attr = { key_size: 4, value_size: 4, max_entries: 1 };
const storage: Attr = {
  ...{ key_size: 4, value_size: 4, map_flags: BPF_F.NO_PREALLOC },
  ...{ btf_key_type_id: 1, btf_value_type_id: 1 },
};
const none: Attr = { value_size: 4, max_entries: 1 };
const ring: Attr = { max_entries: 4096 };
const noKey: Attr = { key_size: 0 };
const noEntries: Attr = { max_entries: 0 };
const someEntries: Attr = { max_entries: 1 };
const byEight: Attr = { key_size: 8 };
const ofEight: Attr = { value_size: 8 };
const ofThree: Attr = { value_size: 3 };

function type(n: number, name: string, kind: MapClass, attr: Attr, wrong: Attr): MapTypeCase {
  return { type: n, name, kind, attr, wrong };
}

/** All map types of Linux 6.9 and later. */
export const mapTypes: readonly MapTypeCase[] = [
  type(1, "HASH", "U", plain, noKey),
  type(2, "ARRAY", "U", plain, byEight),
  type(3, "PROG_ARRAY", "U", plain, ofEight),
  type(4, "PERF_EVENT_ARRAY", "U", plain, ofEight),
  type(5, "PERCPU_HASH", "U", plain, noEntries),
  type(6, "PERCPU_ARRAY", "U", plain, byEight),
  type(7, "STACK_TRACE", "B", { ...plain, value_size: 8 }, ofThree),
  type(8, "CGROUP_ARRAY", "U", plain, ofEight),
  type(9, "LRU_HASH", "B", plain, noKey),
  type(10, "LRU_PERCPU_HASH", "B", plain, noKey),
  type(11, "LPM_TRIE", "B", { ...plain, key_size: 8, map_flags: BPF_F.NO_PREALLOC }, byKey(4)),
  type(12, "ARRAY_OF_MAPS", "U", plain, ofEight),
  type(13, "HASH_OF_MAPS", "U", plain, ofEight),
  type(14, "DEVMAP", "N", plain, ofThree),
  type(15, "SOCKMAP", "N", plain, ofThree),
  type(16, "CPUMAP", "B", plain, ofThree),
  type(17, "XSKMAP", "N", plain, ofEight),
  type(18, "SOCKHASH", "N", plain, ofThree),
  type(19, "CGROUP_STORAGE", "U", { key_size: 8, value_size: 4 }, someEntries),
  type(20, "REUSEPORT_SOCKARRAY", "B", plain, ofThree),
  type(21, "PERCPU_CGROUP_STORAGE", "U", { key_size: 8, value_size: 4 }, someEntries),
  type(22, "QUEUE", "B", none, byEight),
  type(23, "STACK", "B", none, byEight),
  type(24, "SK_STORAGE", "B", storage, someEntries),
  type(25, "DEVMAP_HASH", "N", plain, ofThree),
  type(26, "STRUCT_OPS", "B", { ...plain, btf_vmlinux_value_type_id: 1 }, { max_entries: 2 }),
  type(27, "RINGBUF", "U", ring, { max_entries: 4095 }),
  type(28, "INODE_STORAGE", "B", storage, someEntries),
  type(29, "TASK_STORAGE", "B", storage, someEntries),
  type(30, "BLOOM_FILTER", "B", none, byEight),
  type(31, "USER_RINGBUF", "U", ring, { max_entries: 4095 }),
  type(32, "CGRP_STORAGE", "B", storage, someEntries),
  type(33, "ARENA", "B", { max_entries: 1, map_flags: BPF_F.MMAPABLE }, ofThree),
];

/** The map types that came after 6.18. */
export const laterMapTypes: readonly MapTypeCase[] = [
  type(34, "INSN_ARRAY", "B", { ...plain, value_size: 16 }, ofThree),
  type(35, "RHASH", "U", { ...plain, map_flags: BPF_F.NO_PREALLOC }, noKey),
];

function byKey(key_size: number): Attr {
  return { key_size };
}

const hex =
  "9feb0100180000000000000010000000100000000500000001000000000000010400000020000001" + "00696e7400";

/** BTF with one signed integer, `int`. */
export const intBtf: Uint8Array = Uint8Array.from(hex.match(/../g) ?? [], (byte) =>
  Number.parseInt(byte, 16),
);
