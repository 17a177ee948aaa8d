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
  ...sharedBy(["7.2", "7.3"], {
    "kernel/bpf/token.c": "f0bc7dc497d6c842a9adde4f822b8992ecf8fe4a31d9aedb91b3e5990526f811",
    "kernel/bpf/inode.c": "c000671c77dda178662704880b08b2c234394dc7826dc579af2cc694deaf1969",
  }),
];

/** Returns an entry per release for files that are the same in several releases. */
function sharedBy(
  releases: readonly KernelRelease[],
  files: Readonly<Record<string, string>>,
): readonly KnownText[] {
  return releases.flatMap((release) =>
    Object.entries(files).map(([path, sha256]) => ({
      sha256,
      path,
      revision: `Linux ${release}`,
      release,
    })),
  );
}

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
