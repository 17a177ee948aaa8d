// SPDX-License-Identifier: MIT
import { MapType } from "@bpf-token/uapi";
import type { BpfMap } from "../objects/map.js";
import type { MappingTask } from "../objects/memory.js";
import { type Events, iterateEvents } from "./events.js";
import { mappedPart, mappingTask } from "./memory.js";
import { Waiter, type WaitOptions } from "./waiter.js";

/** Flags in a record header: the program still writes the record; the program discarded it. */
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;
/** Size of a record header. */
const HEAD = 8;

/** Options of {@link RingBuffer}. */
export interface RingBufferOptions<T> extends WaitOptions {
  /**
   * Converts the bytes of a record, which are a copy. Default: returns the bytes. For a type of the
   * object, use `valueCodec(object.btf, id).decode`.
   */
  readonly decode?: (bytes: Uint8Array) => T;
}

/**
 * Reads the events that programs put into a ring buffer (BPF_MAP_TYPE_RINGBUF, since Linux 5.8), in
 * order.
 *
 * The reader shares memory with the kernel, so the map's task must be `currentTask()`. Use one
 * reader per map: each record is delivered only once.
 *
 * @example
 * ```ts
 * using events = new RingBuffer(collection.map("events"));
 * for await (const bytes of events) console.log(bytes);
 * ```
 */
export class RingBuffer<T = Uint8Array> implements Events<T> {
  readonly #task: MappingTask;
  readonly #consumer: BigInt64Array;
  readonly #producer: BigInt64Array;
  readonly #heads: Int32Array;
  readonly #data: Uint8Array;
  readonly #mask: number;
  readonly #mappings: readonly ArrayBuffer[];
  readonly #decode: (bytes: Uint8Array) => T;
  readonly #waiter: Waiter;
  #closed = false;

  /**
   * @param map - a ring buffer of a {@link Collection}.
   * @throws TypeError for another map type; NotModelledError if the task's memory cannot be shared;
   *   BpfError if the kernel refuses.
   */
  constructor(map: BpfMap, options: RingBufferOptions<T> = {}) {
    const info = map.info();
    if (info.type !== MapType.RINGBUF) throw new TypeError(`map ${map.name} is not a ring buffer`);
    const size = info.max_entries;
    const task = mappingTask(map.task, "a ring buffer");
    const page = task.pageSize;
    this.#task = task;
    this.#mask = size - 1;
    this.#decode = options.decode ?? ((bytes) => bytes as T);
    this.#waiter = new Waiter(options);
    // One page for our position, one for the kernel's, then the data, which is mapped twice so
    // that no record wraps around.
    const consumer = mappedPart(task, map.fd.fd, page, 0, true);
    let producer: ArrayBuffer;
    try {
      producer = mappedPart(task, map.fd.fd, page + 2 * size, page, false);
    } catch (error) {
      task.unmapMemory(consumer);
      throw error;
    }
    this.#mappings = [consumer, producer];
    this.#consumer = new BigInt64Array(consumer, 0, 1);
    this.#producer = new BigInt64Array(producer, 0, 1);
    this.#heads = new Int32Array(producer, page);
    this.#data = new Uint8Array(producer, page);
  }

  /** Whether {@link RingBuffer.close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Returns the available events. Reading an event frees its space at once.
   *
   * @yields each event once.
   */
  *drain(): Generator<T, void, undefined> {
    while (!this.#closed) {
      const at = Atomics.load(this.#consumer, 0);
      if (at >= Atomics.load(this.#producer, 0)) return;
      const place = Number(at & BigInt(this.#mask));
      const head = Atomics.load(this.#heads, place >> 2);
      if ((head & BUSY) !== 0) return;
      const length = head & ~(BUSY | DISCARDED);
      const start = place + HEAD;
      const kept = (head & DISCARDED) === 0;
      // Copied before the space is freed, because the kernel may then overwrite it.
      const bytes = kept ? this.#data.slice(start, start + length) : undefined;
      Atomics.store(this.#consumer, 0, at + BigInt((length + HEAD + 7) & ~7));
      if (bytes !== undefined) yield this.#decode(bytes);
    }
  }

  /** Yields events as they arrive, until the buffer is closed or `signal` is aborted. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iterateEvents(() => this.drain(), this.#waiter);
  }

  /** Ends every iteration and unmaps the memory. You may call it again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiter.close();
    for (const memory of this.#mappings) this.#task.unmapMemory(memory);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
