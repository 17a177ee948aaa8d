// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { route, setFields } from "../store.js";
import type { ProgramView, VerifyAnswer, VerifyQuestion } from "../verify/answer.js";
import { TableHead } from "./table-head.js";
import { VerifierLog } from "./verifier-log.js";
import { TestRun } from "./verifier-run.js";

/** The verdicts on all programs, and one of them in full. */
export function Verdicts(props: {
  readonly question: VerifyQuestion;
  readonly answer: VerifyAnswer;
  readonly busy: boolean;
}): JSX.Element {
  const { question, answer, busy } = props;
  if (answer.kind === "error") {
    return (
      <p class="problem" role="alert">
        {question.file}: {answer.message}
      </p>
    );
  }
  const { programs, names, release } = answer;
  const wanted = route.value.fields.get("program");
  const shown = programs.find(({ name }) => name === wanted) ?? programs[0];
  return (
    <>
      <section class="card" aria-label="Programs">
        <h2>
          {question.file} on Linux {release}
        </h2>
        {busy && (
          <p class="hint" role="status">
            {programs.length} of {names.length} programs
          </p>
        )}
        {names.length === 0 && <p>The object has no program that is loaded by default.</p>}
        {programs.length > 0 && <Programs programs={programs} shown={shown?.name} />}
      </section>
      {shown && <Program key={shown.name} program={shown} />}
      {shown?.verdict === "accepted" && (
        <TestRun key={`run ${shown.name}`} question={question} program={shown} />
      )}
      {shown && <VerifierLog key={`log ${shown.name}`} program={shown} />}
    </>
  );
}

const marks = { accepted: "✓", refused: "✗", unmodelled: "?", unfinished: "…" } as const;

function Programs(props: {
  readonly programs: readonly ProgramView[];
  readonly shown: string | undefined;
}): JSX.Element {
  return (
    <div class="scroll">
      <table class="stacked">
        <TableHead titles={["Program", "Type", "Verdict", "Instructions", "States"]} />
        <tbody>
          {props.programs.map(({ name, type, verdict, instructions, states }) => (
            <tr key={name}>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  aria-pressed={name === props.shown}
                  onClick={() => setFields({ program: name }, "push")}
                >
                  {name}
                </button>
              </th>
              <td data-title="Type">
                <code>{type}</code>
              </td>
              <td data-title="Verdict" class={verdict === "accepted" ? "yes" : "no"}>
                {marks[verdict]} {verdict}
              </td>
              <td data-title="Instructions">{instructions?.toLocaleString("en") ?? "–"}</td>
              <td data-title="States">{states?.toLocaleString("en") ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Program({ program }: { readonly program: ProgramView }): JSX.Element {
  const { name, verdict, reason, explanation, capabilities, least } = program;
  const good = verdict === "accepted";
  return (
    <section class={good ? "verdict good" : "verdict bad"} aria-label={`Verdict on ${name}`}>
      <h2>
        {name} <span class="errno">{verdict}</span>
      </h2>
      {reason !== "" && <p class="cause">{reason}</p>}
      {explanation !== "" && <pre>{explanation.replaceAll("\t", "    ")}</pre>}
      {capabilities.length > 0 && (
        <p>
          The kernel checked:{" "}
          {capabilities
            .map((one) => `${one.name} (${one.granted ? "the process has it" : "missing"})`)
            .join(", ")}
          .
        </p>
      )}
      {least !== null && <Least least={least} />}
    </section>
  );
}

function Least({ least }: { readonly least: NonNullable<ProgramView["least"]> }): JSX.Element {
  if (least.length === 0) return <p>The program needs no capability.</p>;
  return (
    <>
      <p>The least capabilities:</p>
      <ul class="points">
        {least.map(({ name, without }) => (
          <li key={name}>
            <code>{name}</code>; without it: {without}
          </li>
        ))}
      </ul>
    </>
  );
}
