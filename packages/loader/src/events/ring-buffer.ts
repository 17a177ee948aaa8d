// SPDX-License-Identifier: MIT
import { MapType } from "@bpf-token/uapi";
import type { BpfMap } from "../objects/map.js";
import type { MappingTask } from "../objects/memory.js";
import { type Events, iterateEvents } from "./events.js";
import { mappedPart, mappingTask } from "./memory.js";
import { Waiter, type WaitOptions } from "./waiter.js";

/** The kernel's marks in the head of a record: it is being written; it was thrown away. */
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;
/** Bytes of a record's head. */
const HEAD = 8;

/** How a ring buffer is read. */
export interface RingBufferOptions<T> extends WaitOptions {
  /**
   * Makes an event of a record's bytes, which are its own. Default: the bytes. The codec of a type
   * of the object is `valueCodec(object.btf, id).decode`.
   */
  readonly decode?: (bytes: Uint8Array) => T;
}

/**
 * The events that programs put into a ring buffer (BPF_MAP_TYPE_RINGBUF, Linux 5.8), in their order:
 *
 * `for await (const event of new RingBuffer(map)) …`
 *
 * It shares memory with the kernel, so the map's task has to be `currentTask()`. There should be one
 * reader of a map: a record that one has read the other does not see.
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
   * @param map - a ring buffer of a `Collection`.
   * @throws TypeError for another map; NotModelledError if the task's memory cannot be shared;
   *   BpfError if the kernel refuses.
   */
  constructor(map: BpfMap, options: RingBufferOptions<T> = {}) {
    const info = map.info();
    if (info.type !== MapType.RINGBUF) throw new TypeError(`map ${map.name} is no ring buffer`);
    const size = info.max_entries;
    const task = mappingTask(map.task, "a ring buffer");
    const page = task.pageSize;
    this.#task = task;
    this.#mask = size - 1;
    this.#decode = options.decode ?? ((bytes) => bytes as T);
    this.#waiter = new Waiter(options);
    // One page that readers write, one that the kernel writes, and the data, twice in a row so that
    // no record is in two pieces.
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

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The events that are there now; what was read makes room for new ones at once.
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
      // Copied before its room is given back: the kernel may write there from then on.
      const bytes = kept ? this.#data.slice(start, start + length) : undefined;
      Atomics.store(this.#consumer, 0, at + BigInt((length + HEAD + 7) & ~7));
      if (bytes !== undefined) yield this.#decode(bytes);
    }
  }

  /** Events as they come, until it is closed or `signal` is aborted. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iterateEvents(() => this.drain(), this.#waiter);
  }

  /** Ends every iteration, and gives the memory back. May be called again. */
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
