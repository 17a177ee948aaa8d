// SPDX-License-Identifier: MIT
import { closeSync, constants, openSync } from "node:fs";
import { Errno, errnoName } from "@bpf-token/uapi/names";
import { NativeUnavailableError } from "../errors.js";
import { type Addon, loadAddon } from "../process/addon.js";
import { pause, type StartedProgram } from "./started-program.js";

/** Time for a program to end by itself, and again after it was killed. */
const END_MS = 5_000;

/** Returns the addon, if it is available: it starts programs without copying this process. */
export function starter(): Addon | undefined {
  // Deno's `node:fs` has its own numbers of file descriptors and does not know those that others
  // open.
  if ("Deno" in globalThis) return undefined;
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof NativeUnavailableError) return undefined;
    throw error;
  }
}

/**
 * Starts a program on two pipes, in the root directory, without standard error. The start takes the
 * same time for a large process.
 *
 * @throws NativeUnavailableError if it cannot be started.
 */
export function startByAddon(
  addon: Addon,
  program: string,
  args: readonly string[],
): StartedProgram {
  const ends = new Int32Array(2);
  const bytes = new Uint8Array(ends.buffer);
  const pid = addon.spawn(strings([program, ...args]), environment(process.env), bytes);
  if (pid < 0) {
    const why = pid === -Errno.ENOENT ? "" : ` (${errnoName(pid) ?? pid})`;
    throw new NativeUnavailableError(`${program} cannot be started${why}`);
  }
  const [out = -1, reads = -1] = ends;
  const started = {
    ...{ pid, out, in: reads, taken: true },
    tidy: () => {},
    kill: () => void process.kill(pid, "SIGKILL"),
    reap: () => reap(addon, pid),
  };
  try {
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    return { ...started, early: openSync(`/proc/self/fd/${reads}`, flags) };
  } catch (error) {
    closeSync(out);
    closeSync(reads);
    started.kill();
    started.reap();
    throw error;
  }
}

/**
 * Encodes strings as in C, one after the other.
 *
 * @throws TypeError for a string that contains a NUL.
 */
export function strings(all: readonly string[]): Uint8Array {
  const bad = all.find((text) => text.includes("\0"));
  if (bad !== undefined) throw new TypeError(`${JSON.stringify(bad)} contains a NUL character`);
  return Buffer.from(all.map((text) => `${text}\0`).join(""));
}

/** Encodes the variables that have a value, in the same way. */
export function environment(variables: Readonly<Record<string, string | undefined>>): Uint8Array {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  return strings(set.map(([name, value]) => `${name}=${value}`));
}

/** Kills a program that does not end. If it survives that, it is left alone. */
function reap(addon: Addon, pid: number): void {
  if (endsWithin(addon, pid)) return;
  process.kill(pid, "SIGKILL");
  endsWithin(addon, pid);
}

function endsWithin(addon: Addon, pid: number): boolean {
  const until = performance.now() + END_MS;
  while (addon.reap(pid) === 0) {
    if (performance.now() > until) return false;
    pause();
  }
  return true;
}
