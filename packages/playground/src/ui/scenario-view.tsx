// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { ScenarioAnswer, ScenarioQuestion } from "../scenario/answer.js";
import { examples } from "../scenario/examples.js";
import { defaultState, releases } from "../state/try-state.js";
import { route, setFields } from "../store.js";
import { CodeEditor, type EditorHandle, type EditorProblem } from "./code-editor.js";
import { Choice } from "./fields.js";
import { JobNote } from "./job-note.js";
import { ScenarioTrace } from "./scenario-trace.js";
import { useJob } from "./use-job.js";

/** Longer scenarios are not part of the address. */
const LINK_LIMIT = 6000;
const NONE = "none";
const ALL = {};
const NO_PROBLEMS: readonly EditorProblem[] = [];

const releaseOf = (name: string | undefined): KernelRelease | undefined =>
  releases.find((each) => each === name);

/** The view "Scenario": a text, its trace, and the difference between two releases. */
export function ScenarioView(): JSX.Element {
  const { fields } = route.value;
  const release = releaseOf(fields.get("release")) ?? defaultState.release;
  const other = releaseOf(fields.get("other"));
  const [own, setOwn] = useState<string>();
  const text = own ?? fields.get("text") ?? examples[0]?.text ?? "";
  const editor = useRef<EditorHandle | undefined>(undefined);
  const input = useMemo<ScenarioQuestion>(() => ({ text, release, other }), [text, release, other]);
  const job = useJob("scenario", input);
  const words = useJob("words", ALL);
  const problems = job.output?.kind === "problems" ? job.output.problems : NO_PROBLEMS;
  const write = (next: string): void => {
    const fits = next.length <= LINK_LIMIT;
    setOwn(fits ? undefined : next);
    setFields({ text: fits ? next : "" });
  };
  return (
    <main class="two wide">
      <section class="controls" aria-label="Scenario">
        <p class="hint">Ctrl+Space shows what may stand here. Tab leaves the editor.</p>
        <CodeEditor
          label="A scenario: tasks, calls, and the expected answers"
          text={text}
          problems={problems}
          vocabulary={words.output}
          onInput={write}
          handle={editor}
        />
        <Releases release={release} other={other} />
        <Examples onOpen={write} />
        <Library onOpen={write} />
      </section>
      <div class="answer">
        <JobNote job={job} />
        {job.output && (
          <Result
            answer={job.output}
            release={release}
            onJump={(line) => editor.current?.jump(line)}
          />
        )}
      </div>
    </main>
  );
}

/** The release that runs the scenario, and the one that it is compared with. */
function Releases(props: {
  readonly release: KernelRelease;
  readonly other: KernelRelease | undefined;
}): JSX.Element {
  const { release, other } = props;
  return (
    <div class="pair">
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
    </div>
  );
}

function Examples({ onOpen }: { readonly onOpen: (text: string) => void }): JSX.Element {
  return (
    <ul class="examples" aria-label="Examples">
      {examples.map((example) => (
        <li key={example.title}>
          <button type="button" onClick={() => onOpen(example.text)}>
            {example.title}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The scenarios of the conformance suite; they are loaded when somebody asks for them. */
function Library({ onOpen }: { readonly onOpen: (text: string) => void }): JSX.Element {
  const [asked, ask] = useState(false);
  const job = useJob("library", asked ? ALL : undefined);
  const files = job.output ?? [];
  if (!asked) {
    return (
      <button type="button" onClick={() => ask(true)}>
        Show the scenarios of the suite
      </button>
    );
  }
  return (
    <>
      <JobNote job={job} />
      {files.length > 0 && (
        <Choice
          label="A scenario of the suite"
          value=""
          values={["", ...files.map(({ file }) => file)]}
          word={(file) => files.find((one) => one.file === file)?.name ?? "choose one"}
          onChange={(file) => onOpen(files.find((one) => one.file === file)?.text ?? "")}
        />
      )}
    </>
  );
}

function Result(props: {
  readonly answer: ScenarioAnswer;
  readonly release: KernelRelease;
  readonly onJump: (line: number) => void;
}): JSX.Element {
  const { answer, release, onJump } = props;
  if (answer.kind === "trace") {
    return <ScenarioTrace answer={answer} release={release} onJump={onJump} />;
  }
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
