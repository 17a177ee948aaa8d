// SPDX-License-Identifier: MIT
import { readSync, writeSync } from "node:fs";
import { raw, type Task } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, type Mem, newestRelease, type Ptr } from "@bpf-token/uapi";
import type { MapShape } from "./processes.js";

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
