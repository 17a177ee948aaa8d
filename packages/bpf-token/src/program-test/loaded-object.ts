// SPDX-License-Identifier: MIT
import type { BpfMap, Collection } from "@bpf-token/loader";
import type { ObjectSpec, Value } from "@bpf-token/object";
import type { Kernel } from "@bpf-token/syscall";

/** What a test sets, compares and encodes in an object that is loaded. */
export interface LoadedObject {
  readonly kernel: Kernel;
  readonly object: ObjectSpec;
  readonly collection: Collection;
  readonly variables: Collection["variables"];
  map<K = Value, V = Value>(name: string): BpfMap<K, V>;
  events<T = Value>(name: string, type?: string): readonly T[];
}
