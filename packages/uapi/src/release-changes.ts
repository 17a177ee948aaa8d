// SPDX-License-Identifier: MIT
import { changeLines } from "./generated/release-changes.js";
import type { KernelRelease } from "./generated/releases.js";
import { type LinuxRelease, releaseCode } from "./releases.js";

/** How well a change between two releases is known. See {@link ReleaseChange}. */
export type ChangeEvidence =
  /** Observed on running kernels of both releases. */
  | "observed"
  /** Read in the kernel source or on the mailing list. */
  | "source"
  /** The release is recalled from memory. The difference itself was observed or read. */
  | "recalled";

/** One behaviour that a kernel release changed. You get these from {@link releases}. */
export interface ReleaseChange {
  /** The first of {@link kernelReleases} with the new behaviour. */
  readonly release: KernelRelease;
  /** Id of the specification's rule, such as `TC-07`. */
  readonly rule: string;
  /** How the kernel behaves from this release on. */
  readonly sentence: string;
  /** How well the change is known. */
  readonly evidence: ChangeEvidence;
}

let changes: readonly ReleaseChange[] | undefined;

/** Parses the table on first use. */
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
 * Lists what changed between two kernel releases: every change after the older one, up to and
 * including the newer one, oldest first. The order of the arguments does not matter.
 *
 * @param from - default: `v10-03`, the oldest known release.
 * @param to - default: the newest release.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * for (const { release, rule, sentence } of releases("6.12", "6.18")) {
 *   console.log(release, rule, sentence);
 * }
 * ```
 */
export function releases(from?: LinuxRelease, to?: LinuxRelease): readonly ReleaseChange[] {
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
