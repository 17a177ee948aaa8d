// SPDX-License-Identifier: MIT
import type { Btf, MapSpec, Value } from "@bpf-token/object";
import { bpf, check, OwnedFd, type Task } from "@bpf-token/syscall";
import { BPF_F, Errno } from "@bpf-token/uapi";
import { runSteps } from "../calls/run.js";
import { possibleCpus } from "../load/possible-cpus.js";
import { infoOf, type MapInfo } from "./info.js";
import { readBatches, writeBatches } from "./map-batch.js";
import { element, refuse } from "./map-calls.js";
import { type MapCodecs, mapCodecs } from "./map-codec.js";
import { mapMemory, unmapMemory } from "./memory.js";

/** Whether an element must or must not exist before {@link BpfMap.set}. */
export type WriteMode = "any" | "new" | "existing";

const modes: Readonly<Record<WriteMode, number>> = { any: 0, new: 1, existing: 2 };

/**
 * A map in a kernel. Keys and values are converted with the object's BTF, see `valueCodec` of
 * `@bpf-token/object`; without BTF they are bytes. Per-CPU maps have lists of values, one per CPU.
 *
 * @example
 * ```ts
 * const counts = collection.map("counts") as BpfMap<number, bigint>;
 * counts.set(0, 0n);
 * for (const [key, value] of counts) console.log(key, value);
 * ```
 */
export class BpfMap<K = Value, V = Value> implements Disposable, Iterable<readonly [K, V]> {
  /** The definition in the object. */
  readonly spec: MapSpec;
  /** The file descriptor of the map. */
  readonly fd: OwnedFd<"map">;
  readonly #btf: Btf | undefined;
  #codecs: MapCodecs | undefined;
  #memory: ArrayBuffer | undefined;

  /** @internal Use {@link Collection.map}. */
  constructor(spec: MapSpec, fd: OwnedFd<"map">, btf?: Btf) {
    this.spec = spec;
    this.fd = fd;
    this.#btf = btf;
  }

  /** The map's name in the object. */
  get name(): string {
    return this.spec.name;
  }

  /** The task that owns the file descriptor. */
  get task(): Task {
    return this.fd.task;
  }

  get #types(): MapCodecs {
    this.#codecs ??= mapCodecs(this.#btf, this.spec, () => runSteps(this.task, possibleCpus()));
    return this.#codecs;
  }

  #key(key: K): Uint8Array {
    return this.#types.key.encode(key as Value);
  }

  /**
   * Returns the value of a key; `undefined` if the map does not have the key.
   *
   * @throws TypeError or RangeError for a key of the wrong type, BpfError if the kernel refuses.
   */
  get(key: K): V | undefined {
    return this.#read("MAP_LOOKUP_ELEM", this.#key(key));
  }

  /** Returns and deletes a value. Hash maps: since Linux 5.14. Throws as {@link BpfMap.get}. */
  take(key: K): V | undefined {
    return this.#read("MAP_LOOKUP_AND_DELETE_ELEM", this.#key(key));
  }

  /**
   * Sets the value of a key.
   *
   * @param mode - `"new"`: fails with EEXIST if the key exists; `"existing"`: fails with ENOENT if
   *   it does not.
   * @throws TypeError or RangeError for values of the wrong type, BpfError if the kernel refuses.
   */
  set(key: K, value: V, mode: WriteMode = "any"): void {
    this.#write(this.#key(key), value, mode);
  }

  /** Deletes a key. Returns whether it existed. Throws as {@link BpfMap.get}. */
  delete(key: K): boolean {
    return element(this.task, "MAP_DELETE_ELEM", { map_fd: this.fd.fd, key: this.#key(key) });
  }

  /** Adds a value to a queue, stack or Bloom filter. Throws as {@link BpfMap.set}. */
  push(value: V): void {
    this.#write(null, value, "any");
  }

  /** Removes and returns the next value of a queue or stack; `undefined` if it is empty. */
  pop(): V | undefined {
    return this.#read("MAP_LOOKUP_AND_DELETE_ELEM", null);
  }

  /** Returns the next value of a queue or stack without removing it; `undefined` if it is empty. */
  peek(): V | undefined {
    return this.#read("MAP_LOOKUP_ELEM", null);
  }

  #read(
    cmd: "MAP_LOOKUP_ELEM" | "MAP_LOOKUP_AND_DELETE_ELEM",
    key: Uint8Array | null,
  ): V | undefined {
    const { value: codec } = this.#types;
    const value = new Uint8Array(codec.size);
    const found = element(this.task, cmd, { map_fd: this.fd.fd, key, value });
    return found ? (codec.decode(value) as V) : undefined;
  }

  #write(key: Uint8Array | null, value: V, mode: WriteMode): void {
    const bytes = this.#types.value.encode(value as Value);
    const flags = BigInt(modes[mode]);
    const attr = { map_fd: this.fd.fd, key, value: bytes, flags };
    const call = { syscall: "bpf", cmd: "BPF_MAP_UPDATE_ELEM" };
    check(this.task, call, bpf(this.task, "MAP_UPDATE_ELEM", attr));
  }

  /**
   * Iterates over all keys. If someone deletes the current key during the iteration, the kernel
   * starts again, and keys may appear twice.
   */
  *keys(): IterableIterator<K> {
    for (const key of this.#rawKeys()) yield this.#types.key.decode(key) as K;
  }

  *#rawKeys(): IterableIterator<Uint8Array> {
    const { task } = this;
    let key: Uint8Array | null = null;
    for (;;) {
      const next_key = new Uint8Array(this.spec.keySize);
      const ret = bpf(task, "MAP_GET_NEXT_KEY", { map_fd: this.fd.fd, key, next_key });
      if (ret === -Errno.ENOENT) return;
      if (ret < 0) refuse(task, "MAP_GET_NEXT_KEY", ret);
      yield next_key;
      key = next_key;
    }
  }

  /** Iterates over all elements, except those that are deleted during the iteration. */
  *entries(): IterableIterator<readonly [K, V]> {
    for (const key of this.#rawKeys()) {
      const value = this.#read("MAP_LOOKUP_ELEM", key);
      if (value !== undefined) yield [this.#types.key.decode(key) as K, value];
    }
  }

  [Symbol.iterator](): IterableIterator<readonly [K, V]> {
    return this.entries();
  }

  /** Returns all elements, with few calls where the kernel supports it (since Linux 5.6). */
  readAll(): (readonly [K, V])[] {
    const { key, value } = this.#types;
    const raw = { task: this.task, fd: this.fd.fd, keySize: key.size, valueSize: value.size };
    const found = readBatches(raw);
    if (found === undefined) return [...this.entries()];
    return found.map(([k, v]) => [key.decode(k) as K, value.decode(v) as V]);
  }

  /** Sets many elements, with few calls where possible. Throws as {@link BpfMap.set}. */
  setAll(entries: Iterable<readonly [K, V]>, mode: WriteMode = "any"): void {
    const { key, value } = this.#types;
    const all = Array.from(
      entries,
      ([k, v]) => [key.encode(k as Value), value.encode(v as Value)] as const,
    );
    const raw = { task: this.task, fd: this.fd.fd, keySize: key.size, valueSize: value.size };
    if (writeBatches(raw, all, modes[mode])) return;
    for (const [k, v] of all) this.#write(k, value.decode(v) as V, mode);
  }

  /**
   * Maps the memory of an array with `BPF_F_MMAPABLE`, shared with programs. Each value takes a
   * multiple of eight bytes. Closing the map unmaps the memory. Since Linux 5.5.
   *
   * @throws NotModelledError if the task cannot share memory with this process, as `currentTask()`
   *   can; RangeError for a map without the flag; BpfError if the kernel refuses.
   */
  memory(): ArrayBuffer {
    if ((this.spec.flags & BPF_F.MMAPABLE) === 0) {
      throw new RangeError(`map ${this.name} does not have the flag BPF_F_MMAPABLE`);
    }
    const size = Math.ceil(this.spec.valueSize / 8) * 8 * this.spec.maxEntries;
    const writable = (this.spec.flags & BPF_F.RDONLY_PROG) === 0;
    this.#memory ??= mapMemory(this.task, this.fd.fd, size, writable);
    return this.#memory;
  }

  /** Prevents changes by system calls; programs can still write. Since Linux 5.2. */
  freeze(): void {
    const ret = bpf(this.task, "MAP_FREEZE", { map_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_MAP_FREEZE" }, ret);
  }

  /** Pins the map to a path in a BPF filesystem, so that it outlives its file descriptors. */
  pin(path: string): void {
    const ret = bpf(this.task, "OBJ_PIN", { pathname: path, bpf_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_OBJ_PIN" }, ret);
  }

  /**
   * Asks the kernel about the map.
   *
   * @throws BpfError if the kernel refuses.
   */
  info(): MapInfo {
    return infoOf(this.task, this.fd, "bpf_map_info");
  }

  /** Closes the file descriptor; the map exists as long as something uses it. */
  close(): void {
    if (this.#memory !== undefined) unmapMemory(this.task, this.#memory);
    this.#memory = undefined;
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Wraps the map fd that a call returned. */
export function adoptMap(task: Task, spec: MapSpec, fd: number, btf: Btf | undefined): BpfMap {
  return new BpfMap(spec, OwnedFd.adopt(task, fd, "map", { syscall: "bpf" }), btf);
}
