// SPDX-License-Identifier: MIT
import type { Candidate, Diagnosis, Explanation, Finding } from "@bpf-token/diagnose";
import type { JSX } from "preact";
import situations from "../../situations.json" with { type: "json" };
import { CheckName } from "./links.js";

/** The causes that fit a text. */
export function Explained({ explanation }: { readonly explanation: Explanation }): JSX.Element {
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
        <SituationOf id={cause.id} />
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

/** A link to a state in which the check refuses, if there is one. */
function SituationOf({ id }: { readonly id: string }): JSX.Element | null {
  const found = Object.entries(situations).find(([check]) => check === id);
  if (found === undefined) return null;
  return (
    <>
      , <a href={`#situation=${found[1]}`}>try a call that it refuses</a>
    </>
  );
}

/** What `doctor` says about a report. */
export function Diagnosed({ diagnosis }: { readonly diagnosis: Diagnosis }): JSX.Element {
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
export function capital(text: string): string {
  return /^[a-z]+[\s']/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
