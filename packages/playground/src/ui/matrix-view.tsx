// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import {
  type ComparedKernel,
  matrixCompared,
  matrixNames,
  matrixRows,
  sortRows,
} from "bpf-token/matrix";
import type { JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import type { LiveRow, MatrixQuestion } from "../matrix/answer.js";
import { filterOf } from "../matrix/filter.js";
import { defaultState, releases } from "../state/try-state.js";
import { route, setFields } from "../store.js";
import { Check, Choice } from "./fields.js";
import { MatrixTable, type ShownRow } from "./matrix-table.js";
import { type JobState, useJob } from "./use-job.js";

/** The view "Matrix": who may create which map or program. */
export function MatrixView(): JSX.Element {
  const { fields } = route.value;
  const release = releases.find((name) => name === fields.get("release")) ?? defaultState.release;
  const open = fields.get("sysctl") === "0";
  const query = fields.get("q") ?? "";
  const isShown = filterOf(query, release);
  const [round, setRound] = useState(0);
  // Another round is another question.
  const question = useMemo(() => ({ release, open }), [release, open, round]);
  const job = useJob("matrix", question);
  const live = job.busy ? [] : (job.output?.rows ?? []);
  const all = live.length > 0 ? live : storedRows(question);
  const rows = all.filter(({ row }) => isShown(row));
  return (
    <main>
      <form class="bar" onSubmit={(event) => event.preventDefault()} aria-label="Filter">
        <Search query={query} />
        <Choice
          label="Release"
          value={release}
          values={releases}
          word={(name) => `Linux ${name}`}
          onChange={(next) => setFields({ release: next }, "push")}
        />
        <Check
          label="unprivileged_bpf_disabled is 0"
          checked={open}
          onChange={(on) => setFields({ sysctl: on ? "0" : "" }, "push")}
        />
      </form>
      <Progress job={job} live={live} onAgain={() => setRound(round + 1)} />
      <p class="hint" role="status">
        {rows.length} rows. (*EINVAL) after capabilities: they suffice, and a later check refuses.{" "}
        {comparedText(release)}
      </p>
      <MatrixTable rows={rows} release={release} />
    </main>
  );
}

/** What the model does, with a button to end it or to start it again. */
function Progress(props: {
  readonly job: JobState<"matrix">;
  readonly live: readonly LiveRow[];
  readonly onAgain: () => void;
}): JSX.Element {
  const { job, live, onAgain } = props;
  if (job.busy) {
    return (
      <p>
        The model makes every call; until then the rows are those that were stored.{" "}
        <progress aria-label="Calls of the model" max={1} value={job.output?.done ?? 0} />{" "}
        <button type="button" onClick={job.cancel}>
          Cancel
        </button>
      </p>
    );
  }
  const differ = live.filter(({ stored }) => stored !== undefined).length;
  return (
    <p class={differ > 0 || job.crash !== undefined ? "problem" : undefined}>
      {live.length > 0
        ? `The model made ${(job.output?.calls ?? 0).toLocaleString("en")} calls in this page. ${
            differ === 0 ? "Every answer is the stored one." : `${differ} rows differ.`
          }`
        : `${job.crash === undefined ? "" : `The model stopped: ${job.crash}. `}The rows are the stored ones.`}{" "}
      <button type="button" onClick={onAgain}>
        {live.length > 0 ? "Ask again" : "Ask the model"}
      </button>
    </p>
  );
}

function storedRows(question: MatrixQuestion): readonly ShownRow[] {
  return matrixNames(question.release).flatMap((name) =>
    sortRows(matrixRows(name, question)).map((row) => ({ row })),
  );
}

function Search({ query }: { readonly query: string }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Filter by words</label>
      <input
        id={id}
        type="text"
        value={query}
        placeholder="xdp, or attach:sk_lookup"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setFields({ q: currentTarget.value })}
      />
    </div>
  );
}

function comparedText(release: KernelRelease): string {
  const kernels = matrixCompared.filter((kernel) => kernel.release === release);
  if (kernels.length === 0) return `No running kernel of Linux ${release} was compared.`;
  return kernels.map((kernel) => comparison(kernel)).join(" ");
}

/** How many answers of a running kernel were compared, and why some differ. */
function comparison({ name, cells, reasons }: ComparedKernel): string {
  const differ = reasons.map(({ why, rows }) => `${rows} rows differ: ${why}`).join("; ");
  const end = differ === "" ? "the same answers" : `the same answers, except that ${differ}`;
  return `${name}: ${cells.toLocaleString("en")} calls gave ${end}.`;
}
