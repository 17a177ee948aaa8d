// SPDX-License-Identifier: MIT
import { KERNEL_NAME } from "../source.js";
import type { MapSpec } from "../spec.js";

/** A map and its position in the file. */
export interface PlacedMap {
  readonly spec: MapSpec;
  /** Index of its section. */
  readonly section: number;
  /** Offset in the section; 0 for maps of variables. */
  readonly offset: number;
  /** Size of the definition in bytes. */
  readonly size: number;
}

/** Returns a map definition with only a name. */
export function emptyMap(name: string, section: string): MapSpec {
  return {
    name,
    kernelName: name.slice(0, KERNEL_NAME),
    origin: "definition",
    section,
    type: 0,
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    extra: 0n,
    numaNode: 0,
    pinning: "none",
    keyTypeId: 0,
    valueTypeId: 0,
    values: [],
  };
}
