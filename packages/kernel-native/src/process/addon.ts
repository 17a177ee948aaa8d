// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { NativeUnavailableError } from "../errors.js";
import type { Found } from "../executor-path.js";
import { prebuilt } from "../prebuilt.js";

/** Names a file to use in place of the addon that comes with the package. */
export const ADDON_VARIABLE = "BPF_TOKEN_ADDON";

/** What the addon's C offers; see native/addon/napi.c. */
export interface Addon {
  /** Bytes of a page, in which mappings are made. */
  readonly pageSize: number;
  /** One call in a frame; what the kernel wrote goes to `reply`. Answers ≥ 0 or `-errno`. */
  call(frame: Uint8Array, reply: Uint8Array): number;
  /** bpf() with memory at offsets of the attribute. */
  bpf(cmd: number, attr: Uint8Array, ...slots: readonly (number | Uint8Array)[]): number;
  /** One call on another thread: eight bytes of answer, and what the kernel wrote. */
  start(frame: Uint8Array): Promise<ArrayBuffer>;
  /** A call with memory of its own: how to run it, its attribute and the rest. */
  prepare(
    cmd: number,
    size: number,
    ...slots: readonly number[]
  ): readonly [() => number, ...ArrayBuffer[]];
  /** A mapping, or `-errno`. */
  map(fd: number, length: number, offset: number, writable: boolean): ArrayBuffer | number;
  /** Gives a mapping back. */
  unmap(buffer: ArrayBuffer): void;
  /**
   * Starts a program on two pipes: its path and its arguments, each with a NUL behind it, and so its
   * environment. Writes our ends, for requests and for answers. Answers the process id or `-errno`.
   */
  spawn(strings: Uint8Array, environment: Uint8Array, ends: Uint8Array): number;
  /** Takes note of the end of such a program: 0 if it has not ended. */
  reap(pid: number): number;
  /** Whether this process has enough free file descriptors for BPF_TOKEN_CREATE. */
  mayCreateToken(): boolean;
}

/** Machines that the addon is built for. */
const machines = ["x64", "arm64"];

let loaded: Addon | undefined;

/**
 * The addon, loaded once per thread.
 *
 * @throws NativeUnavailableError where there is none.
 */
export function loadAddon(): Addon {
  loaded ??= load(process.platform, process.arch);
  return loaded;
}

/** Looks for the addon: that of the environment, else the bundled one. */
export function findAddon(platform: string, arch: string): Found {
  if (platform !== "linux") return { why: `it needs Linux 6.9 or newer, and this is ${platform}` };
  if (!machines.includes(arch)) {
    return { why: `its addon is built for ${machines.join(" and ")}, and this is ${arch}` };
  }
  const path = process.env[ADDON_VARIABLE] || prebuilt(`linux-${arch}/bpf-token.node`);
  if (existsSync(path)) return { path };
  const how = "npm run build:addon";
  return { why: `its addon is not built: run '${how}', which needs a C compiler` };
}

/** @internal */
export function load(platform: string, arch: string): Addon {
  const found = findAddon(platform, arch);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  try {
    return createRequire(found.path)(found.path) as Addon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NativeUnavailableError(`its addon does not load: ${reason}`, { cause });
  }
}
