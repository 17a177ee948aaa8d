// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { ReleaseRow } from "../releases/answer.js";
import { linkToState, state } from "../store.js";
import { Controls, Situation } from "./controls.js";
import { JobNote } from "./job-note.js";
import { CheckName } from "./links.js";
import { TableHead } from "./table-head.js";
import { useJob } from "./use-job.js";

/** The view "Releases": the same state on every release. */
export function ReleasesView(): JSX.Element {
  const now = state.value;
  const job = useJob("releases", now);
  const rows = job.output ?? [];
  const differs = rows.some(({ changed }) => changed);
  return (
    <main class="two">
      <div class="controls">
        <Situation />
        <Controls />
      </div>
      <div class="answer">
        <section class="card">
          <h2>The same calls on every release</h2>
          <p class="hint" role="status">
            {rows.length === 0
              ? "The models start."
              : differs
                ? "The answers differ. A marked row differs from the release before it."
                : "Every release gives the same answer."}
          </p>
          <JobNote job={job} />
          <div class="scroll">
            <table>
              <TableHead titles={["Release", "Answer", "Cause"]} />
              <tbody>
                {rows.map((row) => (
                  <Row key={row.release} row={row} current={row.release === now.release} />
                ))}
              </tbody>
            </table>
          </div>
        </section>
        <Changes rows={rows} />
      </div>
    </main>
  );
}

function Changes({ rows }: { readonly rows: readonly ReleaseRow[] }): JSX.Element {
  return (
    <>
      {rows
        .filter(({ rules }) => rules.length > 0)
        .map(({ release, rules }) => (
          <section class="card" key={release}>
            <h2>What Linux {release} changed</h2>
            <dl>
              {rules.map(({ rule, sentence }) => (
                <div key={`${rule} ${sentence}`}>
                  <dt>{rule}</dt>
                  <dd>{sentence}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
    </>
  );
}

function Row(props: { readonly row: ReleaseRow; readonly current: boolean }): JSX.Element {
  const { release, call, errno, check, cause, changed } = props.row;
  return (
    <tr class={changed ? "changed" : undefined}>
      <th scope="row">
        <a href={linkToState({ ...state.value, release })}>Linux {release}</a>
        {props.current && <span class="hint"> (chosen)</span>}
        {changed && <strong> changed</strong>}
      </th>
      <td>
        <code>{call}</code>{" "}
        <strong class={errno === undefined ? "yes" : "no"}>{errno ?? "succeeds"}</strong>
      </td>
      <td>
        {cause} {check !== undefined && <CheckName id={check} />}
      </td>
    </tr>
  );
}
