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

/** How a perf buffer is read. */
export interface PerfBufferOptions<T> extends WaitOptions {
  /**
   * Makes an event of the bytes that a program wrote; some zeroes may follow them. Default: the bytes.
   * The codec of a type of the object is `valueCodec(object.btf, id).decode`.
   */
  readonly decode?: (bytes: Uint8Array) => T;
  /** Pages of memory for each processor, a power of two. Default 64. */
  readonly pages?: number;
}

/** What one processor's programs write to. */
interface Part {
  readonly cpu: number;
  readonly event: OwnedFd<"file">;
  readonly memory: ArrayBuffer;
  readonly ring: PerfRing;
}

/**
 * The events that programs write with bpf_perf_event_output() (BPF_MAP_TYPE_PERF_EVENT_ARRAY), each
 * processor's in their order: `for await (const event of new PerfBuffer(map)) …`. On Linux 5.8 and newer
 * a ring buffer is better: it keeps the order and wastes no memory.
 *
 * It shares memory with the kernel, so the map's task has to be `currentTask()`. It puts events of its
 * own into the map, so there can be one at a time.
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
   * @param map - a perf event array of a `Collection`.
   * @throws TypeError for another map, RangeError for a number of pages that is no power of two;
   *   NotModelledError if the task's memory cannot be shared; BpfError if the kernel refuses: EACCES
   *   without CAP_PERFMON, EPERM for more memory than may be locked.
   */
  constructor(map: BpfMap, options: PerfBufferOptions<T> = {}) {
    const { type, max_entries } = map.info();
    if (type !== MapType.PERF_EVENT_ARRAY) throw new TypeError(`map ${map.name} is no perf buffer`);
    const { pages = 64, decode = (bytes) => bytes as T } = options;
    if (!Number.isInteger(pages) || pages < 1 || (pages & (pages - 1)) !== 0) {
      throw new RangeError(`pages is ${pages}; it has to be a power of two`);
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

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many events found no room so far, as far as they were told of: that comes with the next one that does. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * The events that are there now, processor by processor; what was read makes room for new ones at once.
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

  /** Events as they come, until it is closed or `signal` is aborted. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return iterateEvents(() => this.drain(), this.#waiter);
  }

  /** Ends every iteration, takes its events out of the map and gives the memory back. May be called again. */
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

  /** A processor's event, its memory, and its place in the map. */
  #add(cpu: number, pages: number): void {
    const task = this.#task;
    const attr = {
      config: PERF_COUNT_SW.BPF_OUTPUT,
      sample_period: 1,
      sample_type: PERF_SAMPLE.RAW,
      wakeup_events: 1,
    };
    const ret = perfEventOpen(task, attr, -1, cpu);
    // A processor that is switched off.
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
