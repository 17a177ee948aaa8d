// SPDX-License-Identifier: MIT
import { bpf, createMap, OwnedFd, raw, releaseOf, type Task } from "@bpf-token/syscall";
import {
  attrLayout,
  BAD_ADDRESS,
  BpfCmd,
  type BpfCmdName,
  type MapCreateAttr,
  type Ptr,
} from "@bpf-token/uapi";
import { show } from "./matrix-pair.ts";

/** A map whose element commands are compared. */
export interface Spec {
  readonly label: string;
  readonly attr: Partial<MapCreateAttr>;
  /** Whether the map type defines no order of keys, so that walks are sorted before the comparison. */
  readonly unordered?: true;
  /** Whether the values are maps. */
  readonly inner?: true;
  /** Whether values are ids, which differ between kernels. */
  readonly ids?: true;
  /** The size of a value in user space, if it is not the value size. */
  readonly room?: number;
}

/** A key or a value: a number in the first four bytes, bytes, or an invalid pointer. */
export type Datum = number | readonly number[] | "null" | "bad" | "short";

/** One command on a map. */
export interface Op {
  readonly cmd: BpfCmdName;
  readonly key?: Datum;
  readonly value?: Datum;
  readonly flags?: number | bigint;
  readonly batch?: {
    readonly count?: number;
    readonly elem?: number | bigint;
    readonly flags?: number;
    readonly in?: Datum;
    readonly out?: Datum;
  };
}

/** The keys and values of a full batch, as numbers. */
const BATCH = 6;

/** A map of one kernel, and the commands on it. */
export class MapScript {
  readonly #task: Task;
  readonly #spec: Spec;
  readonly #fd: number;

  private constructor(task: Task, spec: Spec, fd: number) {
    this.#task = task;
    this.#spec = spec;
    this.#fd = fd;
  }

  /** Creates a map, runs the commands and closes the map. Returns the results as one line. */
  static run(task: Task, spec: Spec, ops: readonly Op[]): string {
    using inner = spec.inner && innerMap(task);
    const attr = inner ? { ...spec.attr, inner_map_fd: inner.fd } : spec.attr;
    const fd = bpf(task, "MAP_CREATE", attr);
    if (fd < 0) return show(fd);
    using map = OwnedFd.adopt(task, fd, "map", { syscall: "bpf", cmd: "MAP_CREATE" });
    const script = new MapScript(task, spec, map.fd);
    return [...ops.map((op) => script.do(op)), script.walk()].join(", ");
  }

  /** Runs one command; returns its answer and the written memory. */
  do(op: Op): string {
    if (op.cmd === "MAP_FREEZE") return show(bpf(this.#task, "MAP_FREEZE", { map_fd: this.#fd }));
    if (op.batch) return this.#batch(op);
    const key = this.#memory(op.key ?? 0, this.#spec.attr.key_size ?? 0);
    const value = this.#memory(op.value ?? 0, this.#room());
    const next = new Uint8Array(this.#spec.attr.key_size ?? 0);
    const fields =
      op.cmd === "MAP_GET_NEXT_KEY"
        ? { key, next_key: op.value === undefined ? next : value }
        : op.cmd === "MAP_DELETE_ELEM"
          ? { key }
          : { key, value, flags: op.flags ?? 0 };
    const ret = this.#call(op.cmd, { map_fd: this.#fd, ...fields }).ret;
    if (ret < 0) return show(ret);
    if (op.cmd === "MAP_GET_NEXT_KEY") return this.#spec.unordered ? "0" : `0 ${hex(next)}`;
    return op.cmd.startsWith("MAP_LOOKUP") ? `0 ${this.#formatValue(value)}` : "0";
  }

  /** Lists every key with its value, in the kernel's order or sorted. */
  walk(): string {
    const size = this.#spec.attr.key_size ?? 0;
    const found: string[] = [];
    let key: Uint8Array | null = null;
    for (let i = 0; i < 12; i++) {
      const next = new Uint8Array(size);
      const ret = this.#call("MAP_GET_NEXT_KEY", { map_fd: this.#fd, key, next_key: next }).ret;
      if (ret < 0) {
        found.push(show(ret));
        break;
      }
      const value = new Uint8Array(this.#room());
      const got = this.#call("MAP_LOOKUP_ELEM", { map_fd: this.#fd, key: next, value }).ret;
      found.push(`${hex(next)}:${got < 0 ? show(got) : this.#formatValue(value)}`);
      key = next;
    }
    return `[${(this.#spec.unordered ? found.sort() : found).join(" ")}]`;
  }

  #batch(op: Op): string {
    const { batch = {} } = op;
    const keySize = this.#spec.attr.key_size ?? 0;
    const keys = this.#memory(op.key ?? 0, keySize, BATCH);
    const values = this.#memory(op.value ?? 0, this.#room(), BATCH);
    const out = this.#memory(batch.out ?? 0, Math.max(4, keySize));
    const { ret, bytes } = this.#call(op.cmd, {
      map_fd: this.#fd,
      keys,
      values,
      in_batch: this.#memory(batch.in ?? "null", Math.max(4, keySize)),
      out_batch: out,
      count: batch.count ?? 2,
      elem_flags: batch.elem ?? 0,
      flags: batch.flags ?? 0,
    });
    const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(32, true);
    const shown = op.cmd === "MAP_LOOKUP_BATCH" && !this.#spec.unordered && ret !== -14;
    const first = this.#spec.ids ? "" : this.#formatValue(values);
    return `${show(ret)} of ${count}${shown ? ` ${hex(out)} ${hex(keys)} ${first}` : ""}`;
  }

  #call(cmd: BpfCmdName, fields: object): { ret: number; bytes: Uint8Array } {
    const layout = attrLayout(cmd, releaseOf(this.#task.kernel));
    const mem = layout.encode(fields);
    const ret = raw.bpf(this.#task, BpfCmd[cmd], mem, layout.size);
    return { ret, bytes: mem.bytes };
  }

  #room(): number {
    return this.#spec.room ?? this.#spec.attr.value_size ?? 0;
  }

  #formatValue(value: Ptr): string {
    if (!(value instanceof Uint8Array)) return "?";
    const text = hex(value.subarray(0, this.#spec.attr.value_size));
    return this.#spec.ids ? text.replace(/^(?!0{8})[0-9a-f]{8}/, "id") : text;
  }

  #memory(datum: Datum, size: number, copies = 1): Uint8Array | null | typeof BAD_ADDRESS {
    if (datum === "null") return null;
    if (datum === "bad") return BAD_ADDRESS;
    if (size === 0) return null;
    const bytes = new Uint8Array(datum === "short" ? size - 1 : size * copies);
    if (datum === "short") return bytes;
    for (let n = 0; n < copies; n++) {
      const one = bytes.subarray(n * size, (n + 1) * size);
      if (typeof datum === "number") put(one, (datum + n) % 2 ** 32);
      else one.set(datum.slice(0, size));
    }
    return bytes;
  }
}

function put(to: Uint8Array, value: number): void {
  for (let i = 0; i < Math.min(4, to.length); i++) to[i] = Math.floor(value / 256 ** i) % 256;
}

function innerMap(task: Task): OwnedFd<"map"> {
  return createMap(task, { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 });
}

function hex(bytes: Ptr): string {
  if (!(bytes instanceof Uint8Array)) return "-";
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
