// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { JobName } from "../messages.js";
import type { JobState } from "./use-job.js";

/** Shows that work runs, with a button to end it, or why it stopped. */
export function JobNote<Name extends JobName>({
  job,
}: {
  readonly job: JobState<Name>;
}): JSX.Element | null {
  if (job.busy) {
    return (
      <p class="hint" role="status">
        Working.{" "}
        <button type="button" onClick={job.cancel}>
          Cancel
        </button>
      </p>
    );
  }
  if (job.crash === undefined) return null;
  return (
    <p class="problem" role="alert">
      The work stopped: {job.crash}
    </p>
  );
}
