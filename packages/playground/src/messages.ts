// SPDX-License-Identifier: MIT
import type { TryState } from "./state/try-state.js";
import type { Answer } from "./try/answer.js";

/** What the page sends to the worker. */
export interface Question {
  readonly id: number;
  readonly state: TryState;
}

/** What the worker sends back: an answer, or why the kernel crashed. */
export interface Reply {
  readonly id: number;
  readonly answer?: Answer;
  readonly crash?: string;
}
