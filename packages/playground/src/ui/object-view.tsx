// SPDX-License-Identifier: MIT
import type { Dialect } from "@bpf-token/delegation";
import type { PolicyLoader } from "bpf-token/policy";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ObjectAnswer, ObjectQuestion } from "../object/answer.js";
import { chosenObject } from "../state/kept.js";
import { route } from "../store.js";
import { CallPlanCard } from "./call-plan.js";
import { DialectChoice, dialectOf } from "./dialect-choice.js";
import { JobNote } from "./job-note.js";
import { LoaderChoice, loaderOf } from "./loader-choice.js";
import { ObjectChoice } from "./object-choice.js";
import { Contents } from "./object-contents.js";
import { PolicyCard } from "./policy-card.js";
import { useJob } from "./use-job.js";

/** The view "Object": what a compiled BPF object needs. */
export function ObjectView(): JSX.Element {
  const { fields } = route.value;
  const loader = loaderOf(fields);
  const dialect = dialectOf(fields);
  const file = chosenObject.value;
  const input = useMemo<ObjectQuestion | undefined>(
    () => file && { file: file.name, bytes: file.bytes, loader },
    [file, loader],
  );
  const job = useJob("object", input);
  return (
    <main class="two">
      <section class="controls" aria-label="Object">
        <ObjectChoice />
        <p class="hint">The page reads the file; it is not sent, and it is not in the link.</p>
        <LoaderChoice />
        <DialectChoice />
      </section>
      <div class="answer">
        <JobNote job={job} />
        {file === undefined ? (
          <Introduction />
        ) : (
          <Result
            name={job.answered?.file ?? file.name}
            loader={job.answered?.loader ?? loader}
            dialect={dialect}
            answer={job.output}
          />
        )}
      </div>
    </main>
  );
}

function Introduction(): JSX.Element {
  return (
    <section class="card">
      <h2>What does my program need?</h2>
      <p>
        Choose an object, or use the example. The page lists its programs and maps, and writes the
        least policy with which your loader can load it through a token. Each bit has a reason, and
        the consequence of its absence.
      </p>
    </section>
  );
}

function Result(props: {
  readonly name: string;
  readonly loader: PolicyLoader;
  readonly dialect: Dialect;
  readonly answer: ObjectAnswer | undefined;
}): JSX.Element | null {
  const { name, loader, dialect, answer } = props;
  if (answer === undefined) return null;
  if (answer.kind === "error") {
    return (
      <p class="problem" role="alert">
        {name}: {answer.message}
      </p>
    );
  }
  return (
    <>
      <PolicyCard key={name + loader} policy={answer.policy} dialect={dialect} />
      <CallPlanCard plan={answer.plan} />
      <Contents report={answer.report} />
    </>
  );
}
