// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import type { ProgramPlace, ProgramThread } from "./ended.js";
import { readParents } from "./host-process.js";

/**
 * Reads what `/proc` has about a thread that waits for the answer to its call.
 *
 * @returns undefined if the thread has ended.
 */
export function readCallingThread(tid: number): ProgramThread | undefined {
  try {
    const { pid } = readParents(tid);
    const name = readFileSync(`/proc/${tid}/comm`, "utf8").replace(/\n$/, "");
    const fields = readFileSync(`/proc/${tid}/syscall`, "latin1").trim().split(" ").map(Number);
    // The number of the call, its six arguments, the stack pointer, the program counter.
    const [nr, pc] = fields.length === 9 ? [fields[0], fields[8]] : [];
    if (nr === undefined || pc === undefined) return { pid, tid, name };
    const at = findPlace(readFileSync(`/proc/${tid}/maps`, "latin1"), pc);
    return { pid, tid, name, nr, ...(at && { at }) };
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ *(.*)$/gm;

/** Finds the mapped file of an address in the text of `/proc/PID/maps`. */
export function findPlace(maps: string, address: number): ProgramPlace | undefined {
  for (const [, start = "", end = "", offset = "", path = ""] of maps.matchAll(LINE)) {
    const from = Number.parseInt(start, 16);
    if (address < from || address >= Number.parseInt(end, 16)) continue;
    const file = path === "" ? "[anonymous]" : Buffer.from(path, "latin1").toString();
    return { file, offset: address - from + Number.parseInt(offset, 16) };
  }
  return undefined;
}
