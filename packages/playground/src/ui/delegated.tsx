// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { Delegated } from "../start/settings.js";
import { capital } from "./explained.js";

/** What settings delegate, and what an object lacks with them. */
export function DelegatedCard({
  settings,
  object,
}: {
  readonly settings: Delegated;
  /** The file of the object, or undefined. */
  readonly object: string | undefined;
}): JSX.Element {
  const { names, notes, superfluous, capabilities } = settings;
  return (
    <>
      <Headline settings={settings} object={object} />
      {names.length > 0 && (
        <section class="card">
          <h2>Delegated by {settings.where}</h2>
          <dl>
            {names.map(([axis, text]) => (
              <div key={axis}>
                <dt>{axis}</dt>
                <dd>{text === "" ? "nothing" : <code>{text}</code>}</dd>
              </div>
            ))}
          </dl>
          {notes.map((note) => (
            <p class="warning" key={note}>
              {capital(note)}.
            </p>
          ))}
          {superfluous.length > 0 && <p>Not needed by this object: {superfluous.join(", ")}.</p>}
          {capabilities.length > 0 && (
            <p>
              The text shows no capabilities. In its user namespace, the process also needs{" "}
              {capabilities.map((name) => `CAP_${name.toUpperCase()}`).join(" and ")}.
            </p>
          )}
        </section>
      )}
    </>
  );
}

function Headline({
  settings: { where, missing, problem, notes },
  object,
}: {
  readonly settings: Delegated;
  readonly object: string | undefined;
}): JSX.Element {
  if (problem !== undefined) {
    return (
      <section class="verdict bad" aria-label="Answer">
        <h2>{capital(`${where}: ${problem}`)}.</h2>
      </section>
    );
  }
  if (missing === undefined || object === undefined) {
    return (
      <section class={`verdict ${notes.length > 0 ? "bad" : "plain"}`} aria-label="Answer">
        <h2>{capital(notes[0] ?? `${where} can be read`)}.</h2>
        <p class="note">Drop your object to see what is missing for it.</p>
      </section>
    );
  }
  const lacks = missing.filter(({ required }) => required);
  const lost = missing.filter(({ required }) => !required);
  return (
    <section class={`verdict ${lacks.length > 0 ? "bad" : "good"}`} aria-label="Answer">
      <h2>
        {lacks.length > 0
          ? `${capital(where)}: ${object} does not load. Missing: ${namesOf(lacks)}.`
          : `${capital(where)}: ${object} can be loaded.`}
      </h2>
      <ul class="points">
        {[...lacks, ...lost].map(({ axis, name, because, without }) => (
          <li key={`${axis} ${name}`}>
            <code>
              {axis} {name}
            </code>
            , for {because.join("; ")}. Without it: {without}.
          </li>
        ))}
      </ul>
    </section>
  );
}

const namesOf = (reasons: NonNullable<Delegated["missing"]>): string =>
  reasons.map(({ axis, name }) => `${axis} ${name}`).join(", ");
