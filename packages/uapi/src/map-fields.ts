// SPDX-License-Identifier: MIT
import { MapType as M } from "./generated/enums.js";

/** The sizes in a definition of a map. See {@link wrongMapFields}. */
export interface MapSizes {
  /** One of `MapType`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** A field of MAP_CREATE that a map type does not accept. See {@link wrongMapFields}. */
export interface WrongMapField {
  readonly field: "key_size" | "value_size" | "max_entries";
  /** What the map type requires: `4`, `0`, `not 0`, `a multiple of 4096 that is a power of two`. */
  readonly required: string;
  readonly actual: number;
}

/** A requirement in words, and whether a value meets it. */
type Rule = readonly [required: string, ok: (value: number) => boolean];

const is = (...values: readonly number[]): Rule => [
  values.join(" or "),
  (value) => values.includes(value),
];
const some: Rule = ["not 0", (value) => value !== 0];
const any: Rule = ["any value", () => true];
const PAGE = 4096;
const pages: Rule = [
  `a multiple of the page size (${PAGE}) that is a power of two`,
  (value) => value >= PAGE && (value & (value - 1)) === 0,
];
const lpm: Rule = ["5 to 260", (value) => value >= 5 && value <= 260];

type Rules = readonly [key: Rule, value: Rule, entries: Rule];
const hash: Rules = [some, some, some];
const array: Rules = [is(4), some, some];
const fds: Rules = [is(4), is(4), some];
const sockets: Rules = [is(4), is(4, 8), some];
const storage: Rules = [is(4), some, is(0)];
const cgroup: Rules = [is(8, 16), some, is(0)];
const list: Rules = [is(0), some, some];

/** Rules MC-08 and MC-13 of docs/spec, as far as they concern sizes. */
const rules: ReadonlyMap<number, Rules> = new Map([
  ...[M.HASH, M.PERCPU_HASH, M.LRU_HASH, M.LRU_PERCPU_HASH].map((type) => [type, hash] as const),
  ...[M.ARRAY, M.PERCPU_ARRAY, M.STACK_TRACE].map((type) => [type, array] as const),
  ...[M.PROG_ARRAY, M.PERF_EVENT_ARRAY, M.CGROUP_ARRAY].map((type) => [type, fds] as const),
  ...[M.ARRAY_OF_MAPS, M.XSKMAP].map((type) => [type, fds] as const),
  ...[M.DEVMAP, M.DEVMAP_HASH, M.SOCKMAP, M.CPUMAP].map((type) => [type, sockets] as const),
  ...[M.SK_STORAGE, M.INODE_STORAGE, M.TASK_STORAGE, M.CGRP_STORAGE].map(
    (type) => [type, storage] as const,
  ),
  ...[M.CGROUP_STORAGE, M.PERCPU_CGROUP_STORAGE].map((type) => [type, cgroup] as const),
  ...[M.QUEUE, M.STACK, M.BLOOM_FILTER].map((type) => [type, list] as const),
  [M.HASH_OF_MAPS, [some, is(4), some]],
  [M.SOCKHASH, [some, is(4, 8), some]],
  [M.REUSEPORT_SOCKARRAY, sockets],
  [M.LPM_TRIE, [lpm, some, some]],
  [M.RINGBUF, [is(0), is(0), pages]],
  [M.USER_RINGBUF, [is(0), is(0), pages]],
  [M.STRUCT_OPS, [is(4), any, is(1)]],
  [M.ARENA, [is(0), is(0), some]],
]);

/**
 * Returns the sizes that MAP_CREATE refuses with EINVAL for a map type, with what it requires.
 *
 * @returns an empty list if the sizes are valid, or if the type is not known.
 * @example
 * ```ts
 * wrongMapFields({ type: MapType.ARRAY, keySize: 5, valueSize: 8, maxEntries: 1 });
 * // [{ field: "key_size", required: "4", actual: 5 }]
 * ```
 */
export function wrongMapFields(sizes: MapSizes): readonly WrongMapField[] {
  const [key = any, value = any, entries = any] = rules.get(sizes.type) ?? [];
  const fields = [
    ["key_size", key, sizes.keySize],
    ["value_size", value, sizes.valueSize],
    ["max_entries", entries, sizes.maxEntries],
  ] as const;
  return fields.flatMap(([field, [required, ok], actual]) =>
    ok(actual) ? [] : [{ field, required, actual }],
  );
}
