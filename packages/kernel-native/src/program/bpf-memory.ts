// SPDX-License-Identifier: MIT
import type { FdKind } from "@bpf-token/syscall";
import type { Attr } from "./attr.js";
import type { InfoStruct, MapShape } from "./processes.js";

/* How much memory the pointers of bpf() refer to. */

/** The largest BTF and log that the kernel accepts. */
export const MOST_BYTES: number = 16 << 20;
/** Of memory whose size is unknown, this much is in reach. */
export const UNKNOWN_SIZE = 4096;
const INSN_SIZE = 8;
/** A value of a per-CPU map has at most this many parts. */
const MOST_CPUS = 512;

/** Map types whose values are file descriptors when the program writes them. */
export const holdsFds: ReadonlySet<number> = new Set([3, 4, 8, 12, 13, 15, 18]);
/** Map types with a value for each CPU. */
const perCpu: ReadonlySet<number> = new Set([5, 6, 10, 21]);

/** The fields of an attr that count what other fields point at. */
export const counts: Readonly<Record<string, readonly [count: string, unit: number | string]>> = {
  insns: ["insn_cnt", INSN_SIZE],
  func_info: ["func_info_cnt", "func_info_rec_size"],
  line_info: ["line_info_cnt", "line_info_rec_size"],
  core_relos: ["core_relo_cnt", "core_relo_rec_size"],
  log_buf: ["log_size", 1],
  btf_log_buf: ["btf_log_size", 1],
  btf: ["btf_size", 1],
  excl_prog_hash: ["excl_prog_hash_size", 1],
  signature: ["signature_size", 1],
  data_in: ["data_size_in", 1],
  data_out: ["data_size_out", 1],
  ctx_in: ["ctx_size_in", 1],
  ctx_out: ["ctx_size_out", 1],
};
/**
 * Where the kernel writes in any case if a command succeeds: the first byte that a field points at, and
 * a field of the attr itself.
 */
export const writes: Readonly<Record<string, { readonly to: string; readonly field?: string }>> = {
  MAP_LOOKUP_ELEM: { to: "value" },
  MAP_LOOKUP_AND_DELETE_ELEM: { to: "value" },
  MAP_GET_NEXT_KEY: { to: "next_key" },
  OBJ_GET_INFO_BY_FD: { to: "info", field: "info_len" },
};

/** The fields that point at text. */
export const texts: RegExp = /^(license|name|tp_name)$/;

/** What the information about an object counts, by the kind of the object. */
export const infoCounts: Readonly<
  Record<string, Readonly<Record<string, readonly [string, number]>>>
> = {
  bpf_prog_info: {
    jited_prog_insns: ["jited_prog_len", 1],
    xlated_prog_insns: ["xlated_prog_len", 1],
    map_ids: ["nr_map_ids", 4],
    jited_ksyms: ["nr_jited_ksyms", 8],
    jited_func_lens: ["nr_jited_func_lens", 4],
    func_info: ["nr_func_info", 8],
    line_info: ["nr_line_info", 16],
    jited_line_info: ["nr_jited_line_info", 8],
    prog_tags: ["nr_prog_tags", 8],
  },
  bpf_map_info: { hash: ["hash_size", 1] },
  bpf_btf_info: { btf: ["btf_size", 1], name: ["name_len", 1] },
};

/** The size of a key or value that a field points at; undefined for another field. */
export function elementSize(field: string, attr: Attr, shape: MapShape): number | undefined {
  const value = perCpu.has(shape.type)
    ? Math.ceil(shape.valueSize / 8) * 8 * MOST_CPUS
    : shape.valueSize;
  const count = attr.has("count") ? attr.number("count") : 1;
  switch (field) {
    case "key":
    case "next_key":
      return shape.keySize;
    case "value":
      return value;
    case "keys":
      return Math.min(count * shape.keySize, MOST_BYTES);
    case "values":
      return Math.min(count * value, MOST_BYTES);
    case "in_batch":
    case "out_batch":
      return Math.max(shape.keySize, 4);
    default:
      return undefined;
  }
}

/** The structure of the information about a kind of file. */
export function infoOf(kind: FdKind | undefined): InfoStruct | undefined {
  switch (kind) {
    case "map":
      return "bpf_map_info";
    case "prog":
      return "bpf_prog_info";
    case "btf":
      return "bpf_btf_info";
    case "token":
      return "bpf_token_info";
    default:
      return undefined;
  }
}
