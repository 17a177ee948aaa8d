// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CallRow, ScenarioAnswer } from "../scenario/answer.js";
import { typescriptOf } from "../scenario/export.js";
import { CheckName } from "./links.js";

type Traced = Extract<ScenarioAnswer, { readonly kind: "trace" }>;

/** The trace of a scenario, step by step. */
export function ScenarioTrace(props: {
  readonly answer: Traced;
  readonly release: KernelRelease;
  readonly onJump: (line: number) => void;
}): JSX.Element {
  const { answer, release, onJump } = props;
  const { name, outcome, reason, calls, differences, yaml } = answer;
  const [shown, setShown] = useState<number>();
  const last = calls.at(-1)?.step ?? 0;
  const end = shown === undefined ? last : Math.min(shown, last);
  return (
    <>
      <section class={`verdict ${outcome === "passed" ? "good" : "bad"}`} aria-label="Outcome">
        <div role="status">
          <h2>
            {name}: <strong class="errno">{outcome}</strong>
          </h2>
          {reason !== undefined && <p>{reason}</p>}
        </div>
        <Steps end={end} last={last} show={setShown} yaml={yaml} release={release} />
      </section>
      {differences !== undefined && <Differences items={differences} />}
      <section class="card" aria-label="Trace">
        <ol>
          {calls
            .filter(({ step }) => step <= end)
            .map((call, i) => (
              <Call
                key={`${call.step} ${i}`}
                call={call}
                first={calls[i - 1]?.step !== call.step}
                onJump={onJump}
              />
            ))}
        </ol>
      </section>
    </>
  );
}

/** Buttons that show a part of the trace. */
function Steps(props: {
  readonly end: number;
  readonly last: number;
  readonly show: (end: number | undefined) => void;
  readonly yaml: string;
  readonly release: KernelRelease;
}): JSX.Element {
  const { end, last, show, yaml, release } = props;
  const file = `data:text/yaml;charset=utf-8,${encodeURIComponent(yaml)}`;
  const source = encodeURIComponent(typescriptOf(yaml, release));
  const program = `data:text/typescript;charset=utf-8,${source}`;
  return (
    <p class="steps">
      <button type="button" onClick={() => show(0)}>
        First step
      </button>{" "}
      <button type="button" onClick={() => show(Math.max(end - 1, 0))}>
        Back
      </button>{" "}
      <button type="button" onClick={() => show(Math.min(end + 1, last))}>
        Next
      </button>{" "}
      <button type="button" onClick={() => show(undefined)}>
        All
      </button>{" "}
      <a class="button" href={file} download="scenario.yaml">
        Download YAML
      </a>{" "}
      <a class="button" href={program} download="scenario.ts">
        Download TypeScript
      </a>
    </p>
  );
}

function Differences({ items }: { readonly items: readonly string[] }): JSX.Element {
  return (
    <section class="card">
      <h2>{items.length === 0 ? "Both releases give the same answers" : "Differences"}</h2>
      <ul class="points">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

function Call(props: {
  readonly call: CallRow;
  /** Whether it is the first call of its step. */
  readonly first: boolean;
  readonly onJump: (line: number) => void;
}): JSX.Element {
  const { step, line, task, text, answer, say, met, expected, decisions, memory } = props.call;
  return (
    <li class={`call ${props.first ? "first" : ""} ${met === false ? "unmet" : ""}`}>
      {say !== undefined && <p class="hint">{say}</p>}
      <p>
        {props.first && line !== undefined && (
          <button
            type="button"
            class="link"
            aria-label={`Step ${step + 1}`}
            onClick={() => props.onJump(line)}
          >
            {step + 1}
          </button>
        )}{" "}
        <span class="hint">{task}</span> <code>{text}</code> ={" "}
        <strong class={/^E[A-Z]/.test(answer) ? "no" : "yes"}>{answer}</strong>
        {met === true && <span class="hint"> as expected</span>}
      </p>
      {expected !== undefined && <p class="problem">Expected: {expected}</p>}
      {decisions.map(({ check, sentence, silent }) => (
        <p class={silent ? "warning" : "problem"} key={check}>
          {sentence} <CheckName id={check} />
        </p>
      ))}
      {memory.map((part) => (
        <pre key={part}>{part}</pre>
      ))}
    </li>
  );
}
