// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { Answer, CheckRow, CheckStatus, StageRow } from "../try/answer.js";
import { CheckName } from "./links.js";
import { Terms } from "./terms.js";

const marks: Readonly<Record<CheckStatus, readonly [mark: string, word: string]>> = {
  passed: ["✓", "passed"],
  refused: ["✗", "refused"],
  ignored: ["!", "the kernel ignores the token"],
  unreached: ["·", "not reached"],
};

/** The checks of the kernel in order. */
export function Path({ answer }: { readonly answer: Answer }): JSX.Element {
  return (
    <section class="path" aria-labelledby="path-title">
      <h2 id="path-title">The kernel's checks, in order</h2>
      <ol class="stages">
        {answer.stages.map((stage) => (
          <Stage key={stage.stage} stage={stage} />
        ))}
      </ol>
    </section>
  );
}

function Stage({ stage }: { readonly stage: StageRow }): JSX.Element {
  const { call, status, errno, checks, remark } = stage;
  return (
    <li class={`stage ${status}`}>
      <h3>
        {call}{" "}
        <span class="result">{errno ?? (status === "passed" ? "succeeds" : "not reached")}</span>
      </h3>
      {remark !== undefined && <p class="hint">{remark}</p>}
      <ol>
        {checks.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ol>
    </li>
  );
}

function Row({ row }: { readonly row: CheckRow }): JSX.Element {
  const { id, label, status, place, sentence, required, actual, advice } = row;
  const [mark, word] = marks[status];
  return (
    <li class={`row ${status}`}>
      <span class="mark" aria-hidden="true">
        {mark}
      </span>
      <div>
        <span class="visually-hidden">{word}: </span>
        <span class="label">
          <Terms text={label} />
        </span>{" "}
        {sentence === undefined && (
          <code class="place" title={place}>
            {place.split(" ")[0]}
          </code>
        )}
        {sentence !== undefined && (
          <dl>
            <Fact term="Found" text={sentence} />
            <Fact term="Required" text={required} />
            <Fact term="Actual" text={actual} />
            <Fact term="Advice" text={advice} />
            <Fact term="In" text={place} />
            <div>
              <dt>Check</dt>
              <dd>
                <CheckName id={id} />
              </dd>
            </div>
          </dl>
        )}
      </div>
    </li>
  );
}

function Fact(props: {
  readonly term: string;
  readonly text: string | undefined;
}): JSX.Element | null {
  if (props.text === undefined) return null;
  return (
    <div>
      <dt>{props.term}</dt>
      <dd>
        <Terms text={props.text} />
      </dd>
    </div>
  );
}
