// SPDX-License-Identifier: MIT
import type { Finding } from "../doctor/finding.js";

/**
 * Whether the reason of a call is known. `explained`: the model gives the same answer, or a fact
 * decides. `disagreement`: the model gives another answer, so nothing is concluded. `unknown`: a fact
 * is missing.
 */
export type Outcome = "explained" | "disagreement" | "unknown";

/** Why a traced call was refused, or why its token was ignored. */
export interface CallFinding extends Finding {
  readonly pid: number;
  /** Position of the call in the trace, from 0. */
  readonly index: number;
  /** The call as strace prints it, with its result. */
  readonly call: string;
  readonly outcome: Outcome;
}
