// SPDX-License-Identifier: MIT
// The same state on every release.
import { releases as changesBetween, type KernelRelease } from "@bpf-token/uapi";
import { releases, type TryState } from "../state/try-state.js";
import { askModel } from "../try/ask.js";

/** The answer of one release. */
export interface ReleaseRow {
  readonly release: KernelRelease;
  readonly call: string;
  /** The name of the errno; undefined if every call succeeds. */
  readonly errno?: string;
  /** The check that decided, and what it found. */
  readonly check?: string;
  readonly cause?: string;
  /** Whether the answer differs from that of the release before. */
  readonly changed: boolean;
  /** If it does: how the kernel changed between the two. */
  readonly rules: readonly ReleaseRule[];
}

/** A behaviour that a release changed. */
export interface ReleaseRule {
  readonly rule: string;
  readonly sentence: string;
}

/**
 * Asks the model of every release, oldest first.
 *
 * @example
 * ```ts
 * releaseRows(defaultState).map(({ release, errno }) => `${release} ${errno}`);
 * ```
 */
export function releaseRows(state: TryState): readonly ReleaseRow[] {
  const rows: ReleaseRow[] = [];
  for (const release of releases) {
    const last = askModel({ ...state, release }).at(-1);
    if (last === undefined) continue;
    const [cause] = last.errno === undefined ? [] : last.decisions;
    const before = rows.at(-1);
    const changed =
      before !== undefined && (before.errno !== last.errno || before.check !== cause?.check);
    rows.push({
      release,
      call: last.call,
      ...(last.errno === undefined ? {} : { errno: last.errno }),
      ...(cause && { check: cause.check, cause: cause.sentence }),
      changed,
      rules: changed ? rulesBetween(before.release, release) : [],
    });
  }
  return rows;
}

function rulesBetween(from: KernelRelease, to: KernelRelease): readonly ReleaseRule[] {
  return changesBetween(from, to).map(({ rule, sentence }) => ({ rule, sentence }));
}
