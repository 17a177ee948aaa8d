// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { loadAddon } from "../../process/addon.js";
import type { ProgramFrame, ProgramThread } from "../ended.js";
import { readParents } from "../host-process.js";
import { AddressSpace } from "./address-space.js";
import { Images } from "./images.js";
import { parseRegisters, REGISTERS_SIZE, readWaiting, type ThreadState } from "./registers.js";
import { type Place, unwind } from "./unwind.js";

/** A wait for the end of the thread. */
const WAIT_MS = 1;

/**
 * Ends a program, and reads the stack of one of its threads, which waits for the answer to a call.
 *
 * @param isWaiting - whether it still waits. Otherwise its number may be that of another thread.
 * @param end - ends the program.
 * @returns undefined if the thread has ended before.
 */
export async function endWithStack(
  tid: number,
  isWaiting: () => boolean,
  end: () => Promise<void>,
): Promise<ProgramThread | undefined> {
  let space: AddressSpace | undefined;
  try {
    const { pid } = readParents(tid);
    const name = readFileSync(`/proc/${tid}/comm`, "utf8").replace(/\n$/, "");
    space = new AddressSpace(tid);
    if (isWaiting()) return { pid, tid, name, frames: await endAndUnwind(tid, space, end) };
  } catch (error) {
    if (!isOfSystem(error)) throw error;
  } finally {
    space?.close();
  }
  await end();
  return undefined;
}

/** The thread has ended in the meantime, or may not be read. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

async function endAndUnwind(
  tid: number,
  space: AddressSpace,
  end: () => Promise<void>,
): Promise<readonly ProgramFrame[]> {
  const addon = loadAddon();
  const waiting = readWaiting(tid);
  if (addon.traceEnd(tid) < 0) {
    // Another process traces it already. Without its registers, its stack can still be searched.
    const frames = framesOf(space, waiting);
    await end();
    return frames;
  }
  let ended = false;
  const over = end().finally(() => {
    ended = true;
  });
  try {
    const bytes = new Uint8Array(REGISTERS_SIZE);
    let size = addon.lastRegisters(tid, bytes);
    while (size === 0 && !ended) {
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      size = addon.lastRegisters(tid, bytes);
    }
    const state = size > 0 ? parseRegisters(bytes.subarray(0, size)) : undefined;
    return framesOf(space, state);
  } finally {
    addon.untrace(tid);
    await over;
  }
}

function framesOf(space: AddressSpace, state: ThreadState | undefined): readonly ProgramFrame[] {
  if (state === undefined) return [];
  const images = new Images(space);
  try {
    return unwind(space, images, state).map(frameOf);
  } finally {
    images.close();
  }
}

function frameOf({ image, pc, at, reliable }: Place): ProgramFrame {
  const found = image.function(at);
  return {
    file: image.path === "" ? "[anonymous]" : Buffer.from(image.path, "latin1").toString(),
    offset: image.offset(pc),
    ...(found && { symbol: { name: found.name, offset: pc - found.start } }),
    reliable,
  };
}
