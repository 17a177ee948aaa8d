// SPDX-License-Identifier: MIT
import { bpf, check, OwnedFd } from "@bpf-token/syscall";
import { Errno, MapType, PERF_COUNT_SW, PERF_SAMPLE } from "@bpf-token/uapi";
import { runSteps } from "../calls/run.js";
import { perfEventOpen } from "../links/perf-event.js";
import { possibleCpus } from "../load/possible-cpus.js";
import type { BpfMap } from "../objects/map.js";
import type { MappingTask } from "../objects/memory.js";
import { type Events, iterateEvents } from "./events.js";
import { mappedPart, mappingTask } from "./memory.js";
import { PerfRing } from "./perf-ring.js";
import { Waiter, type WaitOptions } from "./waiter.js";

/** Options of {@link PerfBuffer}. */
export interface PerfBufferOptions<T> extends WaitOptions {
  /**
   * Converts the bytes of an event, which may have trailing zeroes. Default: returns the bytes.
   * For a type of the object, use `valueCodec(object.btf, id).decode`.
   */
  readonly decode?: (bytes: Uint8Array) => T;
  /** Pages of memory per CPU, a power of two. Default 64. */
  readonly pages?: number;
}

/** The ring that programs on one CPU write to. */
interface Part {
  readonly cpu: number;
  readonly event: OwnedFd<"file">;
  readonly memory: ArrayBuffer;
  readonly ring: PerfRing;
}

/**
 * Reads the events that programs send with bpf_perf_event_output() into a
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY. Events are in order only per CPU. On Linux 5.8 and newer prefer a
 * ring buffer, which keeps the order and needs less memory.
 *
 * The buffer shares memory with the kernel, so the map's task must be `currentTask()`. It puts its
 * perf events into the map, so create only one buffer per map.
 *
 * @example
 * ```ts
 * using buffer = new PerfBuffer(collection.map("events"));
 * for await (const bytes of buffer) console.log(bytes.length, buffer.lost);
 * ```
 */
export class PerfBuffer<T = Uint8Array> implements Events<T> {
  readonly #task: MappingTask;
  readonly #map: BpfMap;
  readonly #parts: Part[] = [];
  readonly #decode: (bytes: Uint8Array) => T;
  readonly #waiter: Waiter;
  #lost = 0;
  #closed = false;

  /**
   * @param map - a perf event array of a {@link Collection}.
   * @throws TypeError for another map type; RangeError if `pages` is not a power of two;
   *   NotModelledError if the task cannot share memory; BpfError if the kernel refuses: EACCES
   *   without CAP_PERFMON, EPERM above the limit on locked memory.
   */
  constructor(map: BpfMap, options: PerfBufferOptions<T> = {}) {
    const { type, max_entries } = map.info();
    if (type !== MapType.PERF_EVENT_ARRAY) {
      throw new TypeError(`map ${map.name} is not a perf event array`);
    }
    const { pages = 64, decode = (bytes) => bytes as T } = options;
    if (!Number.isInteger(pages) || pages < 1 || (pages & (pages - 1)) !== 0) {
      throw new RangeError(`pages is ${pages}; it must be a power of two`);
    }
    this.#map = map;
    this.#task = mappingTask(map.task, "a perf buffer");
    this.#decode = decode;
    this.#waiter = new Waiter(options);
    try {
      const count = Math.min(max_entries, runSteps(this.#task, possibleCpus()));
      for (let cpu = 0; cpu < count; cpu++) this.#add(cpu, pages);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether {@link PerfBuffer.close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The number of lost events so far. The kernel reports them with the next event that fits. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Returns the available events, CPU by CPU. Reading an event frees its space at once.
   *
   * @yields each event once.
   */
  *drain(): Generator<T, void, undefined> {
    for (const { ring } of this.#parts) {
      while (!this.#closed) {
        const record = ring.next();
        if (record === undefined) break;
        if ("lost" in record) this.#lost += record.lost;
        else yield this.#decode(record.bytes);
      }
    }
  }

  /** Yields events as they arrive, until the buffer is closed or `signal` is aborted. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iterateEvents(() => this.drain(), this.#waiter);
  }

  /** Ends iterations, removes the events from the map, unmaps memory. You may call it again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiter.close();
    for (const { cpu, event, memory } of this.#parts) {
      if (!this.#map.fd.closed) {
        bpf(this.#task, "MAP_DELETE_ELEM", { map_fd: this.#map.fd.fd, key: word(cpu) });
      }
      this.#task.unmapMemory(memory);
      event.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Opens a CPU's perf event, maps its memory, and puts it into the map. */
  #add(cpu: number, pages: number): void {
    const task = this.#task;
    const attr = {
      config: PERF_COUNT_SW.BPF_OUTPUT,
      sample_period: 1,
      sample_type: PERF_SAMPLE.RAW,
      wakeup_events: 1,
    };
    const ret = perfEventOpen(task, attr, -1, cpu);
    // The CPU is offline.
    if (ret === -Errno.ENODEV) return;
    const call = { syscall: "perf_event_open", cmd: `processor ${cpu}` };
    const event = OwnedFd.adopt(task, ret, "file", call);
    let memory: ArrayBuffer;
    try {
      memory = mappedPart(task, event.fd, (1 + pages) * task.pageSize, 0, true);
    } catch (error) {
      event.close();
      throw error;
    }
    this.#parts.push({ cpu, event, memory, ring: new PerfRing(memory, task.pageSize) });
    const update = { map_fd: this.#map.fd.fd, key: word(cpu), value: word(event.fd), flags: 0n };
    const done = bpf(task, "MAP_UPDATE_ELEM", update);
    check(task, { syscall: "bpf", cmd: "BPF_MAP_UPDATE_ELEM" }, done);
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
