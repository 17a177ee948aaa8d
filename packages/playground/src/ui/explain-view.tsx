// SPDX-License-Identifier: MIT
import type { Candidate, Diagnosis, Explanation, Finding } from "@bpf-token/diagnose";
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import { examples } from "../explain/examples.js";
import { route, setFields } from "../store.js";
import { Drop } from "./drop.js";
import { JobNote } from "./job-note.js";
import { CheckName } from "./links.js";
import { useJob } from "./use-job.js";

/** Longer texts are not part of the address. */
const LINK_LIMIT = 4000;
const EMPTY = "";

/** The view "Explain": a pasted text, and the causes that fit. */
export function ExplainView(): JSX.Element {
  const id = useId();
  const linked = route.value.fields.get("text") ?? EMPTY;
  const [text, setText] = useState(linked === EMPTY ? (examples[0]?.text ?? EMPTY) : linked);
  useEffect(() => {
    if (linked !== EMPTY) setText(linked);
  }, [linked]);
  const input = useMemo(() => (text.trim() === EMPTY ? undefined : { text }), [text]);
  const job = useJob("explain", input);
  const write = (next: string): void => {
    setText(next);
    setFields({ text: next.length <= LINK_LIMIT ? next : EMPTY });
  };
  return (
    <main class="two">
      <section class="controls" aria-label="Text">
        <div class="field">
          <label for={id}>
            An error text, a log of strace, libbpf or systemd, or a report of{" "}
            <code>bpf-token doctor --bundle</code>
          </label>
          <textarea
            id={id}
            rows={14}
            spellcheck={false}
            value={text}
            onInput={({ currentTarget }) => write(currentTarget.value)}
          />
        </div>
        <Drop label="Or a file:" onFile={(file) => void file.text().then(write)} />
        <p class="hint">
          {text.length > LINK_LIMIT
            ? "This text is too long for a link."
            : "The link of this page contains the text."}
        </p>
        <Examples onChoose={write} />
      </section>
      <div class="answer">
        <JobNote job={job} />
        {job.output?.kind === "text" && <Explained explanation={job.output.explanation} />}
        {job.output?.kind === "report" && <Diagnosed diagnosis={job.output.diagnosis} />}
        {job.output?.kind === "error" && <p class="problem">{job.output.message}</p>}
      </div>
    </main>
  );
}

function Examples(props: { readonly onChoose: (text: string) => void }): JSX.Element {
  return (
    <ul class="examples" aria-label="Examples">
      {examples.map(({ title, text }) => (
        <li key={title}>
          <button type="button" onClick={() => props.onChoose(text)}>
            {title}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Explained({ explanation }: { readonly explanation: Explanation }): JSX.Element {
  const { verdict, token, candidates, harmless, unknown } = explanation;
  return (
    <>
      <section
        class={`verdict ${candidates[0]?.confidence === "certain" ? "bad" : "plain"}`}
        aria-label="Answer"
      >
        <div role="status">
          <h2>{capital(verdict)}.</h2>
          {token === "no" && <p class="note">A token does not decide this.</p>}
        </div>
      </section>
      {candidates.map((one) => (
        <Cause key={one.id} cause={one} />
      ))}
      {harmless.length > 0 && <h2>Not the reason</h2>}
      {harmless.map((one) => (
        <Cause key={one.id} cause={one} />
      ))}
      <Unknown items={unknown} />
    </>
  );
}

function Cause({ cause }: { readonly cause: Candidate }): JSX.Element {
  return (
    <article class="card">
      <h3 class="prose">{capital(cause.cause)}.</h3>
      <p class="hint">
        {cause.confidence}, <CheckName id={cause.id} />
      </p>
      {cause.evidence.map(({ line, text }) => (
        <pre key={line}>
          <span class="hint">{line}: </span>
          {text}
        </pre>
      ))}
      <dl>
        <div>
          <dt>Decided by</dt>
          <dd>{cause.decides}</dd>
        </div>
        {cause.fix.map((fix) => (
          <div key={fix}>
            <dt>Fix</dt>
            <dd>{fix}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function Diagnosed({ diagnosis }: { readonly diagnosis: Diagnosis }): JSX.Element {
  const { verdict, ok, findings, release } = diagnosis;
  return (
    <>
      <section class={`verdict ${ok ? "good" : "bad"}`} aria-label="Answer">
        <div role="status">
          <h2>{capital(verdict)}.</h2>
          <p class="note">Judged by the model of Linux {release}.</p>
        </div>
      </section>
      {findings.map((finding) => (
        <FindingCard key={`${finding.id} ${finding.cause}`} finding={finding} />
      ))}
    </>
  );
}

function FindingCard({ finding }: { readonly finding: Finding }): JSX.Element {
  const { id, severity, confidence, cause, evidence, fix } = finding;
  return (
    <article class="card">
      <h3 class="prose">{capital(cause)}.</h3>
      <p class="hint">
        {severity}, {confidence}, <CheckName id={id} />
      </p>
      {evidence.map((line) => (
        <pre key={line}>{line}</pre>
      ))}
      <dl>
        {fix.map((line) => (
          <div key={line}>
            <dt>Fix</dt>
            <dd>{line}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function Unknown({ items }: { readonly items: readonly string[] }): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <section class="card">
      <h3 class="prose">What the text cannot show</h3>
      <ul class="points">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

/** The packages write clauses; a heading begins with a capital. Names of the kernel stay unchanged. */
function capital(text: string): string {
  return /^[a-z]+[\s']/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
