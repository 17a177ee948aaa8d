// SPDX-License-Identifier: MIT
import { KERNEL_NAME } from "../source.js";
import type { MapSpec } from "../spec.js";

/** A map with the place of the file that stands for it. */
export interface PlacedMap {
  readonly spec: MapSpec;
  /** Index of the section. */
  readonly section: number;
  /** Where in the section; of maps of variables 0. */
  readonly offset: number;
  /** Bytes of the definition. */
  readonly size: number;
}

/** A map of which nothing is said but its name. */
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
