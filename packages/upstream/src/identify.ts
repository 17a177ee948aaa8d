// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import { knownSources } from "./generated/known-sources.js";

/** An upstream file that is known by its sha256. */
export interface KnownText {
  readonly sha256: string;
  /** Path in a kernel tree. */
  readonly path: string;
  /** Name of the revision, for messages. */
  readonly revision: string;
  /** The release to compile it for. */
  readonly release: KernelRelease;
}

/**
 * The known upstream files. For other files the source names its release, or the caller does.
 *
 * @example
 * ```ts
 * const known = knownTexts.find(({ sha256 }) => sha256 === digest);
 * console.log(known?.revision); // "Linux 6.12"
 * ```
 */
export const knownTexts: readonly KnownText[] = knownSources;

/**
 * Returns the known file with this sha256; undefined if there is none.
 *
 * @param release - which entry to return if several releases have the same file. Default: the
 *   newest release.
 * @example
 * ```ts
 * identify("6c3143900e8ecaf029188b01fec6aeedfc6611a1381902802202a226a438e68a")?.revision; // Linux 6.12
 * ```
 */
export function identify(sha256: string, release?: KernelRelease): KnownText | undefined {
  const same = knownTexts.filter((text) => text.sha256 === sha256);
  return same.find((text) => text.release === release) ?? same.at(-1);
}
