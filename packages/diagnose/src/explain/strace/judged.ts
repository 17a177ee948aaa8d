// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";
import type { Hint } from "../ranking.js";

/** Why a call was refused. */
export interface JudgedCall extends Hint {
  /** Whether the failure can end a program, unlike that of a probe. */
  readonly main: boolean;
  /** Whether it can be a probe: it ends the load only if no later call fails or creates anything. */
  readonly first?: boolean;
  /** What it is if the load continued after it; default: `explain.probe_answer`. */
  readonly harmless?: CauseId;
  /** Whether it probes for the map of variables, or is a step after that for which this map is missing. */
  readonly variables?: "probe" | "later" | undefined;
  /** What the log does not show about it. */
  readonly unknown?: string;
}

/** A judgement about a call that can end a program. */
export const because = (
  causes: readonly CauseId[],
  says?: string,
  more: Partial<JudgedCall> = {},
): JudgedCall => ({ causes, strength: 3, says, main: true, ...more });
