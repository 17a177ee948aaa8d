// SPDX-License-Identifier: MIT

import type { WasmKernel } from "@bpf-token/kernel-wasm";
import { memoryOf, sequenceAbi } from "@bpf-token/kernel-wasm/sdk";
import type { Counts } from "./coverage.js";

/** Where clang's records of functions and their counters lie in a module's memory. */
export interface CounterPlace {
  readonly records: number;
  readonly recordsEnd: number;
  readonly counts: number;
  readonly countsEnd: number;
}

const PLACE = sequenceAbi.counters;
/** In a record that clang keeps of a function: its size, and where its counters are. */
const RECORD = { size: 48, counters: 16, length: 32 };

/** Reads the `struct counters` of core-c/tests/fuzz/counters.c. */
export function placeOf(view: DataView, at: number): CounterPlace {
  const word = (offset: number): number => view.getUint32(at + offset, true);
  return {
    records: word(PLACE.data),
    recordsEnd: word(PLACE.dataEnd),
    counts: word(PLACE.counts),
    countsEnd: word(PLACE.countsEnd),
  };
}

/** Counters by function. `values` are the counters in their order in memory. */
export function countsAt(
  view: DataView,
  { records, recordsEnd, counts }: CounterPlace,
  values: ArrayLike<number>,
): Counts {
  const found = new Map<string, readonly number[]>();
  for (let record = records; record < recordsEnd; record += RECORD.size) {
    const hash = view.getBigUint64(record, true).toString(16).padStart(16, "0");
    const where = record + view.getInt32(record + RECORD.counters, true);
    const length = view.getUint32(record + RECORD.length, true);
    const start = (where - counts) / 8;
    found.set(
      hash,
      Array.from({ length }, (_, i) => values[start + i] ?? 0),
    );
  }
  return found;
}

const places = new WeakMap<WebAssembly.Module, CounterPlace>();

/** Addresses are the same in every instance of a module. */
function placeIn(module: WebAssembly.Module): CounterPlace {
  const known = places.get(module);
  if (known !== undefined) return known;
  const imports = { host: { lsm_ask: () => 0 } };
  const { exports } = new WebAssembly.Instance(module, imports);
  const { memory, fuzz_counters } = exports as unknown as {
    readonly memory: WebAssembly.Memory;
    fuzz_counters(): number;
  };
  const place = placeOf(new DataView(memory.buffer), fuzz_counters() >>> 0);
  places.set(module, place);
  return place;
}

/**
 * What has run in a kernel's own files since it was made.
 *
 * @param kernel - made of `module`, which is of `buildCounting()`.
 */
export function countsOfKernel(kernel: WasmKernel, module: WebAssembly.Module): Counts {
  const memory = memoryOf(kernel);
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const place = placeIn(module);
  const values = Array.from({ length: (place.countsEnd - place.counts) / 8 }, (_, i) =>
    Number(view.getBigUint64(place.counts + 8 * i, true)),
  );
  return countsAt(view, place, values);
}

/** Adds counters up. */
export function addCounts(a: Counts, b: Counts): Counts {
  const sum = new Map(a);
  for (const [hash, counts] of b) {
    const before = sum.get(hash) ?? [];
    sum.set(
      hash,
      counts.map((n, i) => n + (before[i] ?? 0)),
    );
  }
  return sum;
}
