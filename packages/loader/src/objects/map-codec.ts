// SPDX-License-Identifier: MIT
import { type Btf, type MapSpec, type Value, type ValueCodec, valueCodec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";

/** Types of maps with a value for each processor. */
const perCpu: ReadonlySet<number> = new Set([
  ...[MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH],
  MapType.PERCPU_CGROUP_STORAGE,
]);

/** How keys and values of a map are laid out. */
export interface MapCodecs {
  readonly key: ValueCodec;
  readonly value: ValueCodec;
}

/**
 * Keys and values as the object's types have them; bytes where it has none, or where the sizes of the
 * map are not theirs.
 *
 * @param processors - how many there may be; asked for maps with a value for each.
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

/** Types of maps whose values are descriptors when written, and ids or the like when read. */
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

/** A number of 32 bits. */
const word: ValueCodec = {
  size: 4,
  decode: (bytes) => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true),
  encode(value, into = new Uint8Array(4)) {
    if (!Number.isInteger(value))
      throw new TypeError("a number is wanted: a descriptor or an index");
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
        throw new TypeError(`a Uint8Array of ${size} bytes is wanted: the map has no types`);
      }
      into.set(value);
      return into;
    },
  };
}

/** A list with a value for each processor; one value that is no list is that of all. */
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
        throw new RangeError(`${values.length} values, and there are ${processors} processors`);
      }
      for (const [i, each] of values.entries()) one.encode(each, part(into, i));
      return into;
    },
  };
}
