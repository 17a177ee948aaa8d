// SPDX-License-Identifier: MIT
import { readSync, writeSync } from "node:fs";
import { raw, type Task } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, type Mem, newestRelease, type Ptr } from "@bpf-token/uapi";
import type { MapShape, Processes } from "./processes.js";

/*
 * A map that the program may mmap() has its memory in a file of the host. Before a call
 * on an element, the other kernel gets what the program wrote there, and after it the
 * file gets what the other kernel has.
 */

/** A map with its memory here. */
export interface MappedMap {
  readonly map: MapShape;
  readonly memory: number;
}

/** An array keeps each value at a multiple of eight bytes. */
const stride = ({ valueSize }: MapShape): number => Math.ceil(valueSize / 8) * 8;

/** The bytes that a mapping of the whole map has. */
export function memorySize(map: MapShape): number {
  return stride(map) * map.maxEntries;
}

/** Gives the other kernel an element as the program left it. */
export function pushElement(task: Task, fd: number, mapped: MappedMap, key: Ptr): void {
  const index = indexOf(mapped.map, key);
  if (index === undefined) return;
  const value = new Uint8Array(mapped.map.valueSize);
  readSync(mapped.memory, value, 0, value.length, index * stride(mapped.map));
  elementCall(task, "MAP_UPDATE_ELEM", { fd, index, value });
}

/** Gives the program an element as the other kernel has it. */
export function pullElement(task: Task, fd: number, mapped: MappedMap, key: Ptr): void {
  const index = indexOf(mapped.map, key);
  if (index === undefined) return;
  const value = new Uint8Array(mapped.map.valueSize);
  if (elementCall(task, "MAP_LOOKUP_ELEM", { fd, index, value }) < 0) return;
  writeSync(mapped.memory, value, 0, value.length, index * stride(mapped.map));
}

/** The contents of a whole map. */
export function readContents(task: Task, fd: number, map: MapShape): Uint8Array {
  const bytes = new Uint8Array(memorySize(map));
  const value = new Uint8Array(map.valueSize);
  for (let index = 0; index < map.maxEntries; index++) {
    if (elementCall(task, "MAP_LOOKUP_ELEM", { fd, index, value }) < 0) break;
    bytes.set(value, index * stride(map));
  }
  return bytes;
}

/** The whole memory, as the program left it. */
function readMemory({ map, memory }: MappedMap): Uint8Array {
  const bytes = new Uint8Array(memorySize(map));
  readSync(memory, bytes, 0, bytes.length, 0);
  return bytes;
}

/** The elements that differ, as pairs of a number and the value in the second memory. */
function* changed(
  map: MapShape,
  from: Uint8Array | undefined,
  to: Uint8Array,
): Iterable<[index: number, value: Uint8Array]> {
  for (let index = 0; index < map.maxEntries; index++) {
    const at = index * stride(map);
    const value = to.subarray(at, at + map.valueSize);
    const before = from?.subarray(at, at + map.valueSize);
    if (before?.every((byte, i) => byte === value[i]) !== true) yield [index, value];
  }
}

/**
 * Keeps the memory of maps equal on both sides while programs of the other kernel run: what the
 * program wrote goes there before a call, and what they wrote comes back after it.
 */
export class MemoryOfMaps {
  readonly #processes: Processes;
  readonly #known = new Map<string, Uint8Array>();

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  /** Makes a call that may run programs. */
  around<T>(call: () => T): T {
    this.#push();
    try {
      return call();
    } finally {
      this.#pull();
    }
  }

  #push(): void {
    for (const { key, task, fd, mapped } of this.#processes.mapped()) {
      const now = readMemory(mapped);
      for (const [index, value] of changed(mapped.map, this.#known.get(key), now))
        elementCall(task, "MAP_UPDATE_ELEM", { fd, index, value: value.slice() });
      this.#known.set(key, now);
    }
  }

  #pull(): void {
    for (const { key, task, fd, mapped } of this.#processes.mapped()) {
      const before = this.#known.get(key);
      const now = readContents(task, fd, mapped.map);
      this.#known.set(key, now);
      if (before === undefined) continue;
      for (const [index, value] of changed(mapped.map, before, now))
        writeSync(mapped.memory, value, 0, value.length, index * stride(mapped.map));
    }
  }
}

function elementCall(
  task: Task,
  cmd: "MAP_LOOKUP_ELEM" | "MAP_UPDATE_ELEM",
  { fd, index, value }: { fd: number; index: number; value: Uint8Array },
): number {
  const key = new Uint8Array(new Uint32Array([index]).buffer);
  const attr = attrLayout(cmd, newestRelease).encode({ map_fd: fd, key, value });
  return raw.bpf(task, BpfCmd[cmd], attr, attr.bytes.length);
}

function indexOf(map: MapShape, key: Ptr): number | undefined {
  const bytes = key instanceof Uint8Array ? key : (key as Mem | null)?.bytes;
  if (!(bytes instanceof Uint8Array) || bytes.length < 4) return undefined;
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return index < map.maxEntries ? index : undefined;
}
