// SPDX-License-Identifier: MIT
import { type Btf, type MapSpec, type Value, type ValueCodec, valueCodec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";

/** Map types with one value per CPU. */
const perCpu: ReadonlySet<number> = new Set([
  ...[MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH],
  MapType.PERCPU_CGROUP_STORAGE,
]);

/** The codecs for keys and values of a map. */
export interface MapCodecs {
  readonly key: ValueCodec;
  readonly value: ValueCodec;
}

/**
 * Creates codecs from the object's BTF. Without BTF, or if its sizes are not the map's, keys and
 * values are bytes.
 *
 * @param processors - returns the number of possible CPUs; only called for per-CPU maps.
 */
export function mapCodecs(
  btf: Btf | undefined,
  spec: MapSpec,
  processors: () => number,
): MapCodecs {
  const key = codec(btf, spec.keyTypeId, spec.keySize, spec);
  const value = codec(btf, spec.valueTypeId, spec.valueSize, spec);
  return { key, value: perCpu.has(spec.type) ? forEach(value, processors()) : value };
}

/** Map types whose values are fds when written, and ids or similar when read. */
const ofObjects: ReadonlySet<number> = new Set([
  ...[MapType.PROG_ARRAY, MapType.PERF_EVENT_ARRAY, MapType.CGROUP_ARRAY],
  ...[MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS, MapType.SOCKMAP, MapType.SOCKHASH],
  ...[MapType.XSKMAP, MapType.REUSEPORT_SOCKARRAY],
]);

function codec(btf: Btf | undefined, id: number, size: number, { type }: MapSpec): ValueCodec {
  if (btf !== undefined && id !== 0) {
    const typed = valueCodec(btf, id);
    if (typed.size === size) return typed;
  }
  return size === 4 && ofObjects.has(type) ? word : bytesOf(size);
}

/** Codec for a 32-bit number, which may also be given as its bytes. */
const word: ValueCodec = {
  size: 4,
  decode: (bytes) => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true),
  encode(value, into = new Uint8Array(4)) {
    if (value instanceof Uint8Array && value.length === 4) {
      into.set(value);
      return into;
    }
    if (!Number.isInteger(value))
      throw new TypeError("the value must be a number: a file descriptor or an index");
    new DataView(into.buffer, into.byteOffset, 4).setUint32(0, Number(value), true);
    return into;
  },
};

function bytesOf(size: number): ValueCodec {
  return {
    size,
    decode: (bytes) => Uint8Array.from(bytes.subarray(0, size)),
    encode(value, into = new Uint8Array(size)) {
      if (!(value instanceof Uint8Array) || value.length !== size) {
        throw new TypeError(`the map has no BTF, so pass a Uint8Array of ${size} bytes`);
      }
      into.set(value);
      return into;
    },
  };
}

/** Codec for a list with one value per CPU; a single value is written for all CPUs. */
function forEach(one: ValueCodec, processors: number): ValueCodec {
  const stride = Math.ceil(one.size / 8) * 8;
  const size = stride * processors;
  const part = (bytes: Uint8Array, i: number): Uint8Array =>
    bytes.subarray(i * stride, i * stride + one.size);
  return {
    size,
    decode: (bytes) => Array.from({ length: processors }, (_, i) => one.decode(part(bytes, i))),
    encode(value, into = new Uint8Array(size)) {
      const values: readonly Value[] = Array.isArray(value)
        ? (value as readonly Value[])
        : Array.from({ length: processors }, () => value);
      if (values.length !== processors) {
        throw new RangeError(`got ${values.length} values, but there are ${processors} CPUs`);
      }
      for (const [i, each] of values.entries()) one.encode(each, part(into, i));
      return into;
    },
  };
}
