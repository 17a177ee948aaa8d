// SPDX-License-Identifier: MIT

import type { WasmKernel } from "@bpf-token/kernel-wasm";
import { memoryOf, sequenceAbi } from "@bpf-token/kernel-wasm/sdk";
import type { Counts } from "./coverage.js";

/** The addresses of clang's function records and counters in a module's memory. */
export interface CounterPlace {
  readonly records: number;
  readonly recordsEnd: number;
  readonly counts: number;
  readonly countsEnd: number;
}

const PLACE = sequenceAbi.counters;
/** The size of a function record of clang, and the offset of its counters. */
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

/** Groups counters by function. `values` are the counters in the order of memory. */
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

/** A cache, because addresses are the same in every instance of a module. */
function placeIn(module: WebAssembly.Module): CounterPlace {
  const known = places.get(module);
  if (known !== undefined) return known;
  const imports = { host: { clock: () => 0, lsm_ask: () => 0 } };
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
 * Returns how often each counter of the upstream files has run since the kernel was created.
 *
 * @param kernel - a kernel of `module`, which `buildCounting()` returned.
 * @example
 * ```ts
 * const kernel = createKernel({ module });
 * run(kernel, scenario);
 * const counts = countsOfKernel(kernel, module);
 * ```
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

/**
 * Adds up the counters of two runs.
 *
 * @example
 * ```ts
 * const all = addCounts(new Map([["f", [1, 2]]]), new Map([["f", [3, 4]]]));
 * all.get("f"); // [4, 6]
 * ```
 */
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
