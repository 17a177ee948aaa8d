// SPDX-License-Identifier: MIT
import { valueCodec } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import type { Collection } from "../objects/collection.js";
import type { Events } from "./events.js";
import { PerfBuffer } from "./perf-buffer.js";
import { RingBuffer } from "./ring-buffer.js";
import type { WaitOptions } from "./waiter.js";

/**
 * The events of a ring buffer, or of a perf buffer, as values of a type of the object:
 *
 * `for await (const { pid, comm } of eventsOf<Event>(collection, "events", "event")) …`
 *
 * An object knows the types of its variables, maps and functions; that of an event is there if a
 * variable mentions it: `struct event *unused;`.
 *
 * @param map - the name of a map.
 * @param type - the name of a struct, or of a typedef.
 * @throws RangeError if the object has no such map or type; and as {@link RingBuffer} and {@link PerfBuffer}.
 */
export function eventsOf<T>(
  collection: Collection,
  map: string,
  type: string,
  options: WaitOptions = {},
): Events<T> {
  const { btf, name } = collection.object;
  const id = btf?.id(type, "STRUCT", "UNION", "TYPEDEF");
  if (btf === undefined || id === undefined) {
    throw new RangeError(
      `${name} has no type ${type}; a variable that mentions it puts it there: struct ${type} *unused;`,
    );
  }
  const codec = valueCodec<T>(btf, id);
  const buffer = collection.map(map);
  const decoded = { ...options, decode: (bytes: Uint8Array) => codec.decode(bytes) };
  const { PERF_EVENT_ARRAY } = MapType;
  return buffer.spec.type === PERF_EVENT_ARRAY
    ? new PerfBuffer(buffer, decoded)
    : new RingBuffer(buffer, decoded);
}
