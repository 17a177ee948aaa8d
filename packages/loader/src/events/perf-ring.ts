// SPDX-License-Identifier: MIT
import { PERF_RECORD } from "@bpf-token/uapi";

/** Offsets in struct perf_event_mmap_page: the kernel's write position, and our read position. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;
/** Size of a record header: type, flags, length of the record. */
const HEAD = 8;

/** A record: the bytes of an event, or the number of lost events. */
export type PerfRecord = { readonly bytes: Uint8Array } | { readonly lost: number };

/** The ring of one perf event: the kernel writes, one reader consumes. */
export class PerfRing {
  readonly #head: BigInt64Array;
  readonly #tail: BigInt64Array;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  /** @param memory - one header page, and 2ⁿ pages of data. */
  constructor(memory: ArrayBuffer, page: number) {
    this.#head = new BigInt64Array(memory, DATA_HEAD, 1);
    this.#tail = new BigInt64Array(memory, DATA_TAIL, 1);
    this.#data = new Uint8Array(memory, page);
    this.#view = new DataView(memory, page);
  }

  /**
   * Returns the next record, `undefined` if there is none.
   *
   * The bytes are a copy, because the kernel may then overwrite the record. They may end in zeroes
   * that pad the record to a multiple of 8 bytes.
   */
  next(): PerfRecord | undefined {
    for (;;) {
      const at = Atomics.load(this.#tail, 0);
      if (at === Atomics.load(this.#head, 0)) return undefined;
      // Records are aligned to 8 bytes, so a header never wraps around.
      const place = Number(at & BigInt(this.#data.length - 1));
      const type = this.#view.getUint32(place, true);
      const size = this.#view.getUint16(place + 6, true);
      const record = this.#record(type, place, size);
      // A malformed record without a length would repeat for ever, so the rest is skipped.
      const next = size < HEAD ? Atomics.load(this.#head, 0) : at + BigInt(size);
      Atomics.store(this.#tail, 0, next);
      if (record !== undefined) return record;
    }
  }

  #record(type: number, place: number, size: number): PerfRecord | undefined {
    const body = this.#copy(place + HEAD, size - HEAD);
    const view = new DataView(body.buffer);
    if (type === PERF_RECORD.SAMPLE && body.length >= 4) {
      return { bytes: body.subarray(4, 4 + view.getUint32(0, true)) };
    }
    // The id of the event comes first.
    if (type === PERF_RECORD.LOST && body.length >= 16) {
      return { lost: Number(view.getBigUint64(8, true)) };
    }
    return undefined;
  }

  /** Copies a part of the data, which may wrap around. */
  #copy(start: number, size: number): Uint8Array<ArrayBuffer> {
    const room = this.#data.length;
    const bytes = new Uint8Array(Math.max(size, 0));
    const from = start % room;
    const first = this.#data.subarray(from, Math.min(from + bytes.length, room));
    bytes.set(first);
    bytes.set(this.#data.subarray(0, bytes.length - first.length), first.length);
    return bytes;
  }
}
