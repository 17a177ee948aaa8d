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

/** Whether an element may or has to be there before it is written. */
export type WriteMode = "any" | "new" | "existing";

const modes: Readonly<Record<WriteMode, number>> = { any: 0, new: 1, existing: 2 };

/**
 * A map of a kernel. Keys and values are what the object's types make of them, see `valueCodec` of
 * `@bpf-token/object`; bytes where it has no types. Maps with a value for each processor have lists.
 */
export class BpfMap<K = Value, V = Value> implements Disposable, Iterable<readonly [K, V]> {
  /** What it is made of. */
  readonly spec: MapSpec;
  /** Its descriptor. */
  readonly fd: OwnedFd<"map">;
  readonly #btf: Btf | undefined;
  #codecs: MapCodecs | undefined;
  #memory: ArrayBuffer | undefined;

  /** @internal Maps come out of collections. */
  constructor(spec: MapSpec, fd: OwnedFd<"map">, btf?: Btf) {
    this.spec = spec;
    this.fd = fd;
    this.#btf = btf;
  }

  /** Its name in the object. */
  get name(): string {
    return this.spec.name;
  }

  /** The task whose descriptor it is. */
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
   * The value of a key; `undefined` if there is none.
   *
   * @throws TypeError or RangeError for a key that does not suit, BpfError if the kernel refuses.
   */
  get(key: K): V | undefined {
    return this.#read("MAP_LOOKUP_ELEM", this.#key(key));
  }

  /** The value of a key, which is taken out of the map. Hash maps since Linux 5.14. Throws as {@link BpfMap.get}. */
  take(key: K): V | undefined {
    return this.#read("MAP_LOOKUP_AND_DELETE_ELEM", this.#key(key));
  }

  /**
   * Sets the value of a key.
   *
   * @param mode - `"new"`: EEXIST if there is one; `"existing"`: ENOENT if there is none.
   * @throws TypeError or RangeError for what does not suit, BpfError if the kernel refuses.
   */
  set(key: K, value: V, mode: WriteMode = "any"): void {
    this.#write(this.#key(key), value, mode);
  }

  /** Takes a key out of the map. Says whether it was there. Throws as {@link BpfMap.get}. */
  delete(key: K): boolean {
    return element(this.task, "MAP_DELETE_ELEM", { map_fd: this.fd.fd, key: this.#key(key) });
  }

  /** Puts a value into a queue, a stack or a Bloom filter. Throws as {@link BpfMap.set}. */
  push(value: V): void {
    this.#write(null, value, "any");
  }

  /** Takes the next value out of a queue or stack; `undefined` if it is empty. */
  pop(): V | undefined {
    return this.#read("MAP_LOOKUP_AND_DELETE_ELEM", null);
  }

  /** The next value of a queue or stack, which stays in it; `undefined` if it is empty. */
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
   * All keys, one after the other. Where a program or somebody else takes the current key away
   * meanwhile, the kernel begins anew: keys may come twice then.
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

  /** All elements, one after the other; what is taken away meanwhile is left out. */
  *entries(): IterableIterator<readonly [K, V]> {
    for (const key of this.#rawKeys()) {
      const value = this.#read("MAP_LOOKUP_ELEM", key);
      if (value !== undefined) yield [this.#types.key.decode(key) as K, value];
    }
  }

  [Symbol.iterator](): IterableIterator<readonly [K, V]> {
    return this.entries();
  }

  /** All elements, many with one call where the kernel can do that (since Linux 5.6). */
  readAll(): (readonly [K, V])[] {
    const { key, value } = this.#types;
    const raw = { task: this.task, fd: this.fd.fd, keySize: key.size, valueSize: value.size };
    const found = readBatches(raw);
    if (found === undefined) return [...this.entries()];
    return found.map(([k, v]) => [key.decode(k) as K, value.decode(v) as V]);
  }

  /** Sets many elements, with few calls where the kernel can do that. Throws as {@link BpfMap.set}. */
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
   * The memory of an array that can be mapped (`BPF_F_MMAPABLE`), shared with programs. Values follow
   * each other in steps of eight bytes. It is gone when the map is closed. Since Linux 5.5.
   *
   * @throws NotModelledError for a task that cannot map memory into this process, as `currentTask()`
   *   can; RangeError for a map that cannot be mapped; BpfError if the kernel refuses.
   */
  memory(): ArrayBuffer {
    if ((this.spec.flags & BPF_F.MMAPABLE) === 0) {
      throw new RangeError(`map ${this.name} is made without BPF_F_MMAPABLE`);
    }
    const size = Math.ceil(this.spec.valueSize / 8) * 8 * this.spec.maxEntries;
    const writable = (this.spec.flags & BPF_F.RDONLY_PROG) === 0;
    this.#memory ??= mapMemory(this.task, this.fd.fd, size, writable);
    return this.#memory;
  }

  /** Keeps the map from being changed by calls; programs still may. Since Linux 5.2. */
  freeze(): void {
    const ret = bpf(this.task, "MAP_FREEZE", { map_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_MAP_FREEZE" }, ret);
  }

  /** Gives the map a name in a BPF FS, which keeps it when all descriptors are closed. */
  pin(path: string): void {
    const ret = bpf(this.task, "OBJ_PIN", { pathname: path, bpf_fd: this.fd.fd });
    check(this.task, { syscall: "bpf", cmd: "BPF_OBJ_PIN" }, ret);
  }

  /**
   * What the kernel tells of it.
   *
   * @throws BpfError if it is refused.
   */
  info(): MapInfo {
    return infoOf(this.task, this.fd, "bpf_map_info");
  }

  /** Closes the descriptor; the map itself lives as long as anybody uses it. */
  close(): void {
    if (this.#memory !== undefined) unmapMemory(this.task, this.#memory);
    this.#memory = undefined;
    this.fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The map behind a descriptor that a call has answered. */
export function adoptMap(task: Task, spec: MapSpec, fd: number, btf: Btf | undefined): BpfMap {
  return new BpfMap(spec, OwnedFd.adopt(task, fd, "map", { syscall: "bpf" }), btf);
}
