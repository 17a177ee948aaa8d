// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";

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
export const knownTexts: readonly KnownText[] = [
  {
    sha256: "2b92b6495c4d150d92edf299c95b4745d3e87322069cfaf70276d7ab51f074b2",
    path: "kernel/bpf/token.c",
    revision: "patch 3 of v10 of the series",
    release: "v10-03",
  },
  {
    sha256: "6c3143900e8ecaf029188b01fec6aeedfc6611a1381902802202a226a438e68a",
    path: "kernel/bpf/token.c",
    revision: "Linux 6.12",
    release: "6.12",
  },
  {
    sha256: "6e470369aea61ddf0a24c6a97c5e6b3177bc66e2b20c3926d38ccc24f1c5b45d",
    path: "kernel/bpf/inode.c",
    revision: "Linux 6.12",
    release: "6.12",
  },
];

/**
 * Returns the known file with this sha256; undefined if there is none.
 *
 * @example
 * ```ts
 * identify("6c3143900e8ecaf029188b01fec6aeedfc6611a1381902802202a226a438e68a")?.revision; // Linux 6.12
 * ```
 */
export function identify(sha256: string): KnownText | undefined {
  return knownTexts.find((text) => text.sha256 === sha256);
}
