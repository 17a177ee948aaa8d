// SPDX-License-Identifier: MIT
import { type ObjectSpec, type ValueCodec, valueCodec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import type { Collection } from "../objects/collection.js";
import type { Events } from "./events.js";
import { PerfBuffer } from "./perf-buffer.js";
import { RingBuffer } from "./ring-buffer.js";
import type { WaitOptions } from "./waiter.js";

/**
 * Iterates over the events of a ring buffer or perf buffer, decoded as a type of the object.
 *
 * The object's BTF contains the types of variables, maps and functions. If your event type is none
 * of these, mention it in a variable: `struct event *unused;`.
 *
 * @param map - name of the map.
 * @param type - name of a struct, union or typedef.
 * @throws RangeError if the object has no such map or type; and as {@link RingBuffer} and
 *   {@link PerfBuffer}.
 * @example
 * ```ts
 * for await (const { pid, comm } of eventsOf<Event>(collection, "events", "event")) {
 *   console.log(pid, comm);
 * }
 * ```
 */
export function eventsOf<T>(
  collection: Collection,
  map: string,
  type: string,
  options: WaitOptions = {},
): Events<T> {
  const codec = eventCodec<T>(collection.object, type);
  const buffer = collection.map(map);
  const decoded = { ...options, decode: (bytes: Uint8Array) => codec.decode(bytes) };
  const { PERF_EVENT_ARRAY } = MapType;
  return buffer.spec.type === PERF_EVENT_ARRAY
    ? new PerfBuffer(buffer, decoded)
    : new RingBuffer(buffer, decoded);
}

/**
 * Returns the codec of the events of an object.
 *
 * @param type - name of a struct, union or typedef.
 * @throws RangeError if the object's BTF does not have the type.
 * @example
 * ```ts
 * const { pid } = eventCodec<{ pid: number }>(object, "event").decode(bytes);
 * ```
 */
export function eventCodec<T>({ btf, name }: ObjectSpec, type: string): ValueCodec<T> {
  const id = btf?.id(type, "STRUCT", "UNION", "TYPEDEF");
  if (btf !== undefined && id !== undefined) return valueCodec<T>(btf, id);
  throw new RangeError(
    `${name} has no BTF type ${type}; to add it, declare a global variable: struct ${type} *unused;`,
  );
}
