// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { JSX } from "preact";
import { useId, useMemo, useRef, useState } from "preact/hooks";
import type { ScenarioAnswer, ScenarioQuestion } from "../scenario/answer.js";
import { examples } from "../scenario/examples.js";
import { defaultState, releases } from "../state/try-state.js";
import { route, setFields } from "../store.js";
import { Choice } from "./fields.js";
import { JobNote } from "./job-note.js";
import { ScenarioTrace } from "./scenario-trace.js";
import { useJob } from "./use-job.js";

/** Longer scenarios are not part of the address. */
const LINK_LIMIT = 6000;
const NONE = "none";

const releaseOf = (name: string | undefined): KernelRelease | undefined =>
  releases.find((each) => each === name);

/** The view "Scenario": a text, its trace, and the difference between two releases. */
export function ScenarioView(): JSX.Element {
  const { fields } = route.value;
  const release = releaseOf(fields.get("release")) ?? defaultState.release;
  const other = releaseOf(fields.get("other"));
  const [own, setOwn] = useState<string>();
  const text = own ?? fields.get("text") ?? examples[0]?.text ?? "";
  const editor = useRef<HTMLTextAreaElement>(null);
  const input = useMemo<ScenarioQuestion>(() => ({ text, release, other }), [text, release, other]);
  const job = useJob("scenario", input);
  const write = (next: string): void => {
    const fits = next.length <= LINK_LIMIT;
    setOwn(fits ? undefined : next);
    setFields({ text: fits ? next : "" });
  };
  return (
    <main class="two wide">
      <section class="controls" aria-label="Scenario">
        <Editor text={text} onInput={write} editor={editor} />
        <Choice
          label="Run on"
          value={release}
          values={releases}
          word={(name) => `Linux ${name}`}
          onChange={(next) => setFields({ release: next }, "push")}
        />
        <Choice
          label="Compare with"
          value={other ?? NONE}
          values={[NONE, ...releases]}
          word={(name) => (name === NONE ? "no other release" : `Linux ${name}`)}
          onChange={(next) => setFields({ other: next === NONE ? "" : next }, "push")}
        />
        <ul class="examples" aria-label="Examples">
          {examples.map((example) => (
            <li key={example.title}>
              <button type="button" onClick={() => write(example.text)}>
                {example.title}
              </button>
            </li>
          ))}
        </ul>
      </section>
      <div class="answer">
        <JobNote job={job} />
        {job.output && <Result answer={job.output} onJump={(line) => jump(editor.current, line)} />}
      </div>
    </main>
  );
}

function Editor(props: {
  readonly text: string;
  readonly onInput: (text: string) => void;
  readonly editor: { current: HTMLTextAreaElement | null };
}): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>A scenario: tasks, calls, and the expected answers</label>
      <textarea
        id={id}
        ref={props.editor}
        class="code"
        rows={26}
        wrap="off"
        spellcheck={false}
        value={props.text}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
      />
    </div>
  );
}

/** Selects a line of the editor. */
function jump(editor: HTMLTextAreaElement | null, line: number): void {
  if (editor === null) return;
  const lines = editor.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}

function Result(props: {
  readonly answer: ScenarioAnswer;
  readonly onJump: (line: number) => void;
}): JSX.Element {
  const { answer, onJump } = props;
  if (answer.kind === "trace") return <ScenarioTrace answer={answer} onJump={onJump} />;
  return (
    <section class="verdict bad" aria-label="Problems">
      <h2>The text is not a scenario yet</h2>
      <ul>
        {answer.problems.map(({ line, column, text, hint }) => (
          <li key={`${line}:${column} ${text}`}>
            <button type="button" class="link" onClick={() => onJump(line)}>
              Line {line}
            </button>
            : {text}
            {hint !== undefined && `; ${hint}`}
          </li>
        ))}
      </ul>
    </section>
  );
}
