// SPDX-License-Identifier: MIT
import { changeLines } from "./generated/release-changes.js";
import type { KernelRelease } from "./generated/releases.js";
import { releaseCode } from "./releases.js";

/** How sure a difference is. */
export type ChangeEvidence =
  /** Seen on running kernels, from before the change and from after it. */
  | "observed"
  /** Read in the source or on the list. */
  | "source"
  /** The release is from memory; that the kernels at both ends differ was seen or read. */
  | "recalled";

/** One thing that a release does otherwise than the one before it. */
export interface ReleaseChange {
  /** The first of {@link kernelReleases} that does it this way. */
  readonly release: KernelRelease;
  /** Id of the specification's rule, as `TC-07`. */
  readonly rule: string;
  /** What is so from that release on. */
  readonly sentence: string;
  readonly evidence: ChangeEvidence;
}

let changes: readonly ReleaseChange[] | undefined;

/** The table, read when somebody first asks for it. */
function releaseChanges(): readonly ReleaseChange[] {
  changes ??= changeLines.split("\n").map((line) => {
    const [release = "", rule = "", evidence = "", ...sentence] = line.split("|");
    return {
      release: release as KernelRelease,
      rule,
      sentence: sentence.join("|"),
      evidence: evidence as ChangeEvidence,
    };
  });
  return changes;
}

/**
 * What differs between two releases: every change after the older one, up to the newer one, oldest
 * first. The order of the arguments does not matter.
 *
 * @param from - default the oldest that is known, `v10-03`.
 * @param to - default the newest.
 * @throws RangeError for an unknown release.
 */
export function releases(from?: KernelRelease, to?: KernelRelease): readonly ReleaseChange[] {
  const codes = [
    from === undefined ? 0 : releaseCode(from),
    to === undefined ? Number.POSITIVE_INFINITY : releaseCode(to),
  ].sort((a, b) => a - b);
  const [older = 0, newer = 0] = codes;
  return releaseChanges().filter(({ release }) => {
    const code = releaseCode(release);
    return code > older && code <= newer;
  });
}
