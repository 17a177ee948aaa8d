// SPDX-License-Identifier: MIT
import { bpf } from "@bpf-token/syscall";
import { BAD_ADDRESS, BPF_F, type MapCreateAttr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import {
  type Case,
  closing,
  expectAgreement,
  type Known,
  makeTasks,
  type Tasks,
} from "./matrix-pair.ts";

type Attr = Partial<MapCreateAttr>;

const types = Array.from({ length: 41 }, (_, type) => type);
const tokens = ["no token", "token", "useless token"] as const;

/** Valid attributes by type; other types get those of an array. */
const fine: Readonly<Record<number, Attr>> = {
  7: { key_size: 4, value_size: 8, max_entries: 1 },
  11: { key_size: 8, value_size: 4, max_entries: 1, map_flags: BPF_F.NO_PREALLOC },
  19: { key_size: 16, value_size: 4 },
  21: { key_size: 16, value_size: 4 },
  22: { value_size: 4, max_entries: 1 },
  23: { value_size: 4, max_entries: 1 },
  27: { max_entries: 4096 },
  30: { value_size: 4, max_entries: 1 },
  31: { max_entries: 4096 },
  33: { max_entries: 1, map_flags: BPF_F.MMAPABLE },
};
const plain: Attr = { key_size: 4, value_size: 4, max_entries: 1 };

const sizes = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 32, 255, 256, 260, 261, 512, 513, 1016, 1024];
const large = [4096, 32760, 32768, 32769, 65407, 65408, 65536, 4194024, 4194025, 4194251, 4194252];
const entries = [0, 1, 2, 3, 256, 257, 4095, 4096, 8191, 8192, 8193];

const variants: Readonly<Record<string, Attr>> = {
  "": {},
  ...each("key_size", [...sizes, 4096], (key_size) => ({ key_size })),
  ...each("value_size", [...sizes, ...large], (value_size) => ({ value_size })),
  ...each("max_entries", entries, (max_entries) => ({ max_entries })),
  ...each(
    "flag",
    Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => bit !== 16),
    (bit) => ({
      map_flags: (1 << bit) >>> 0,
    }),
  ),
  "rdonly and wronly": { map_flags: BPF_F.RDONLY | BPF_F.WRONLY },
  "rdonly_prog and wronly_prog": { map_flags: BPF_F.RDONLY_PROG | BPF_F.WRONLY_PROG },
  "numa -1": { map_flags: BPF_F.NUMA_NODE, numa_node: 0xffffffff },
  "numa -2": { map_flags: BPF_F.NUMA_NODE, numa_node: 0xfffffffe },
  "numa 1": { map_flags: BPF_F.NUMA_NODE, numa_node: 1 },
  "numa 1000": { map_flags: BPF_F.NUMA_NODE, numa_node: 1000 },
  "numa without flag": { numa_node: 77 },
  "no_prealloc, no_common_lru": { map_flags: BPF_F.NO_PREALLOC | BPF_F.NO_COMMON_LRU },
  "map_extra 1": { map_extra: 1 },
  "map_extra 15": { map_extra: 15 },
  "map_extra 16": { map_extra: 16 },
  "map_extra page": { map_extra: 4096 },
  "map_extra high": { map_extra: 0xffff_f000n },
  "map_extra 2 pages": { map_extra: 0xffff_f000n, max_entries: 2 },
  ...each(
    "name",
    ["a", "a.b_c", "fifteen_letters", "0", "a b", "a-b", "é", "a/", " "],
    (map_name) => ({ map_name }),
  ),
  "name without end": { map_name: new Uint8Array(16).fill(97) },
  "name after its NUL": { map_name: Uint8Array.of(97, 0, 98) },
  "hash size alone": { excl_prog_hash_size: 32 },
  "hash 31": { excl_prog_hash: new Uint8Array(32), excl_prog_hash_size: 31 },
  "hash 32": { excl_prog_hash: new Uint8Array(32), excl_prog_hash_size: 32 },
  "hash 33": { excl_prog_hash: new Uint8Array(64), excl_prog_hash_size: 33 },
  "hash without size": { excl_prog_hash: new Uint8Array(32) },
  "hash fault": { excl_prog_hash: BAD_ADDRESS, excl_prog_hash_size: 32 },
  "btf key": { btf_key_type_id: 1 },
  "btf value": { btf_value_type_id: 1 },
  "btf both": { btf_key_type_id: 1, btf_value_type_id: 1 },
  "btf both, no prealloc": {
    btf_key_type_id: 1,
    btf_value_type_id: 1,
    max_entries: 0,
    map_flags: BPF_F.NO_PREALLOC,
  },
  "btf both, bad fd": { btf_key_type_id: 1, btf_value_type_id: 1, btf_fd: 99 },
  "btf both, token as btf": { btf_key_type_id: 1, btf_value_type_id: 1, btf_fd: 20 },
  "btf fd alone": { btf_fd: 99 },
  "btf vmlinux": { btf_vmlinux_value_type_id: 1, map_flags: BPF_F.LINK },
  "btf vmlinux and key": {
    btf_vmlinux_value_type_id: 1,
    btf_key_type_id: 1,
    map_flags: BPF_F.LINK,
  },
  ...each("local storage of", [...sizes, ...large, 65407, 65408], (value_size) => ({
    btf_key_type_id: 1,
    btf_value_type_id: 1,
    btf_fd: 99,
    max_entries: 0,
    map_flags: BPF_F.NO_PREALLOC,
    value_size,
  })),
  "value btf obj fd": { value_type_btf_obj_fd: 99 },
  "inner -1": { inner_map_fd: 0xffffffff },
  "inner 99": { inner_map_fd: 99 },
  "inner token": { inner_map_fd: 20 },
  "token fd without flag": { map_token_fd: 99 },
  "name bad and inner bad": { map_name: "a b", inner_map_fd: 99 },
};

function each<T>(
  what: string,
  values: readonly T[],
  attr: (value: T) => Attr,
): Record<string, Attr> {
  return Object.fromEntries(values.map((value) => [`${what} ${value}`, attr(value)]));
}

function withToken(attr: Attr, token: (typeof tokens)[number], world: Tasks): Attr {
  if (token === "no token") return attr;
  const fd = token === "token" ? world.token : world.useless;
  return { ...attr, map_flags: ((attr.map_flags ?? 0) | BPF_F.TOKEN_FD) >>> 0, map_token_fd: fd };
}

function question(
  who: string,
  type: number,
  token: (typeof tokens)[number],
  name: string,
): Case<Tasks> {
  const base = fine[type] ?? plain;
  const variant = variants[name] ?? {};
  const map_flags = ((base.map_flags ?? 0) | (variant.map_flags ?? 0)) >>> 0;
  const attr = { ...base, ...variant, map_type: type, map_flags };
  return {
    label: `${who}, type ${type}, ${token}, ${name || "fine"}`,
    ask: (world) => {
      const task = world.tasks[who];
      if (!task) throw new Error(`no task ${who}`);
      return closing(task, bpf(task, "MAP_CREATE", withToken(attr, token, world)));
    },
  };
}

const known: readonly Known[] = [
  {
    match: /type 16, .*max_entries \d+: model \d+, real E2BIG$/,
    machine: true,
    why: "a CPUMAP (16) has at most as many entries as the CPUs that the kernel supports; in the model 8192, as in Debian",
  },
];

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("MAP_CREATE on model and running kernel", { timeout: 600_000 }, () => {
    test("every type with every set of capabilities, with and without token", () => {
      const who = ["host", "app"].flatMap((user) =>
        ["none", "bpf", "bpf+net", "net", "perfmon", "sys", "all"].map((set) => `${user}/${set}`),
      );
      const cases = who.flatMap((w) =>
        types.flatMap((type) => tokens.map((token) => question(w, type, token, ""))),
      );
      expectAgreement("MAP_CREATE: capabilities", makeTasks, cases);
    });

    test("every type with every variant of its attributes", () => {
      const who = ["host/all", "host/none", "app/all"];
      const cases = who.flatMap((w) =>
        types.flatMap((type) =>
          tokens
            .slice(0, 2)
            .flatMap((token) =>
              Object.keys(variants).map((name) => question(w, type, token, name)),
            ),
        ),
      );
      expectAgreement("MAP_CREATE: attributes", makeTasks, cases, known);
    });
  });
