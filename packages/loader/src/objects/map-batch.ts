// SPDX-License-Identifier: MIT

import type { Task } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { batch, refuse } from "./map-calls.js";

/** A map, accessed as bytes. */
export interface RawMap {
  readonly task: Task;
  readonly fd: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** Number of elements per call. */
const CHUNK = 256;
/** The kernel returns whole hash buckets; no bucket has more elements than this. */
const LARGEST = 1 << 20;

type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** Reads all elements in batches; `undefined` if the kernel does not support that for this map. */
export function readBatches(map: RawMap): Entry[] | undefined {
  const { task, fd: map_fd, keySize, valueSize } = map;
  const found: Entry[] = [];
  const position = () => new Uint8Array(Math.max(keySize, 8));
  let from: Uint8Array | null = null;
  for (let size = CHUNK; ; ) {
    const [keys, values] = [new Uint8Array(size * keySize), new Uint8Array(size * valueSize)];
    const to = position();
    const attr = { map_fd, in_batch: from, out_batch: to, keys, values, count: size };
    const answer = batch(task, "MAP_LOOKUP_BATCH", attr);
    if (answer === undefined) return undefined;
    const { ret, count } = answer;
    if (ret === -Errno.ENOSPC && size < LARGEST) {
      size *= 4;
      continue;
    }
    if (ret < 0 && ret !== -Errno.ENOENT) refuse(task, "MAP_LOOKUP_BATCH", ret);
    for (let i = 0; i < count; i++) {
      found.push([
        keys.slice(i * keySize, (i + 1) * keySize),
        values.slice(i * valueSize, (i + 1) * valueSize),
      ]);
    }
    if (ret === -Errno.ENOENT) return found;
    from = to;
  }
}

/** Writes elements in batches; false if the kernel does not support that for this map. */
export function writeBatches(map: RawMap, entries: readonly Entry[], flags: number): boolean {
  const { task, fd: map_fd } = map;
  for (let at = 0; at < entries.length; at += CHUNK) {
    const part = entries.slice(at, at + CHUNK);
    const keys = flat(part.map(([key]) => key));
    const values = flat(part.map(([, value]) => value));
    const elem_flags = BigInt(flags);
    const attr = { map_fd, keys, values, count: part.length, elem_flags };
    const answer = batch(task, "MAP_UPDATE_BATCH", attr);
    if (answer === undefined) return false;
    if (answer.ret < 0) refuse(task, "MAP_UPDATE_BATCH", answer.ret);
  }
  return true;
}

function flat(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts[0]?.length ?? 0;
  const all = new Uint8Array(size * parts.length);
  parts.forEach((part, i) => {
    all.set(part, i * size);
  });
  return all;
}
