// SPDX-License-Identifier: MIT
import { closeSync, constants, openSync } from "node:fs";
import { Errno, errnoName } from "@bpf-token/uapi/names";
import { NativeUnavailableError } from "../errors.js";
import { type Addon, loadAddon } from "../process/addon.js";
import { pause, type StartedProgram } from "./started-program.js";

/** How long a program may take to end by itself, and then to be killed. */
const END_MS = 5_000;

/** What starts programs without a copy of this process, where it is there. */
export function starter(): Addon | undefined {
  // Its `node:fs` has numbers of its own for descriptors: it does not know those that others open.
  if ("Deno" in globalThis) return undefined;
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof NativeUnavailableError) return undefined;
    throw error;
  }
}

/**
 * Starts a program on two pipes, in the root directory, without a word to standard error. However large
 * this process is, that takes no longer.
 *
 * @throws NativeUnavailableError if it cannot be started.
 */
export function startByAddon(
  addon: Addon,
  program: string,
  args: readonly string[],
): StartedProgram {
  const ends = new Int32Array(2);
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
  const bytes = new Uint8Array(ends.buffer);
  const pid = addon.spawn(strings([program, ...args]), strings(environment), bytes);
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

/** Strings as C has them, behind one another. */
function strings(all: readonly string[]): Uint8Array {
  return Buffer.from(all.map((text) => `${text}\0`).join(""));
}

/** A program that does not end is killed; one that cannot be is left alone. */
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
