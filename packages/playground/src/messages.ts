// SPDX-License-Identifier: MIT
// What the page and its workers send to each other.
import type { MatrixAnswer, MatrixQuestion } from "./matrix/answer.js";
import type { ObjectAnswer, ObjectQuestion } from "./object/answer.js";
import type { ReleaseRow } from "./releases/answer.js";
import type { ScenarioAnswer, ScenarioQuestion } from "./scenario/answer.js";
import type { SuiteFile } from "./scenario/library.js";
import type { Vocabulary } from "./scenario/vocabulary.js";
import type { StartAnswer, StartQuestion } from "./start/answer.js";
import type { TryState } from "./state/try-state.js";
import type { Answer } from "./try/answer.js";
import type { UpstreamAnswer, UpstreamQuestion } from "./upstream/answer.js";
import type { VerifyAnswer, VerifyQuestion } from "./verify/answer.js";
import type { RunAnswer, RunQuestion } from "./verify/run.js";

/** The work of each kind: what it needs, and what it results in. */
export interface Jobs {
  readonly try: { readonly input: TryState; readonly output: Answer };
  readonly releases: { readonly input: TryState; readonly output: readonly ReleaseRow[] };
  readonly scenario: { readonly input: ScenarioQuestion; readonly output: ScenarioAnswer };
  readonly words: { readonly input: object; readonly output: Vocabulary };
  readonly library: { readonly input: object; readonly output: readonly SuiteFile[] };
  readonly start: { readonly input: StartQuestion; readonly output: StartAnswer };
  readonly object: { readonly input: ObjectQuestion; readonly output: ObjectAnswer };
  readonly verify: { readonly input: VerifyQuestion; readonly output: VerifyAnswer };
  readonly upstream: { readonly input: UpstreamQuestion; readonly output: UpstreamAnswer };
  readonly matrix: { readonly input: MatrixQuestion; readonly output: MatrixAnswer };
  readonly run: { readonly input: RunQuestion; readonly output: RunAnswer };
}
/** A kind of work. */
export type JobName = keyof Jobs;

/** Asks a worker for work. */
export interface Question<Name extends JobName = JobName> {
  readonly id: number;
  readonly name: Name;
  readonly input: Jobs[Name]["input"];
}

/** The result of work, a result so far, or why it stopped. */
export interface Reply<Name extends JobName = JobName> {
  readonly id: number;
  readonly output?: Jobs[Name]["output"];
  /** Whether another reply follows. */
  readonly partial?: boolean;
  readonly crash?: string;
}
