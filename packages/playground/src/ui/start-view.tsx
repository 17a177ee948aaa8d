// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useEffect, useId, useMemo, useState } from "preact/hooks";
import type { Reading, StartAnswer, StartQuestion } from "../start/answer.js";
import { examples } from "../start/examples.js";
import { markdownOf } from "../start/markdown.js";
import { type ChosenObject, chosenObject, keepText, keptText } from "../state/kept.js";
import { linkTo, route, setFields } from "../store.js";
import { CopyButton } from "./copy-button.js";
import { DelegatedCard } from "./delegated.js";
import { DialectChoice, dialectOf } from "./dialect-choice.js";
import { Drop } from "./drop.js";
import { Diagnosed, Explained } from "./explained.js";
import { JobNote } from "./job-note.js";
import { LoaderChoice, loaderOf } from "./loader-choice.js";
import { PolicyCard } from "./policy-card.js";
import { Situations } from "./situations.js";
import { useJob } from "./use-job.js";

/** Longer texts are not part of the address. */
const LINK_LIMIT = 4000;
/** A field with more text than this stops the page; such a text stays a file. */
const FIELD_LIMIT = 100_000;

/** What the field has: a text, or a file that is too large for it. */
type Given = string | File;

/** The text or file, kept in the address or for a reload, and how to read it. */
function useGiven() {
  const linked = route.value.fields.get("text") ?? "";
  const [given, setGiven] = useState<Given>(linked === "" ? keptText() : linked);
  const [reading, setReading] = useState<Reading>();
  useEffect(() => {
    if (linked !== "") setGiven(linked);
  }, [linked]);
  const give = (next: Given): void => {
    setGiven(next);
    setReading(undefined);
    const text = typeof next === "string" ? next : "";
    keepText(text);
    setFields({ text: text.length <= LINK_LIMIT ? text : "" });
  };
  return { given, give, reading, setReading };
}

/** The first view: what somebody has, and the answer to it. */
export function StartView(): JSX.Element {
  const { given, give, reading, setReading } = useGiven();
  const object = chosenObject.value;
  const loader = loaderOf(route.value.fields);
  const input = useMemo<StartQuestion | undefined>(() => {
    const isEmpty = typeof given === "string" && given.trim() === "";
    if (isEmpty && object === undefined) return undefined;
    const file = object && { file: object.name, bytes: object.bytes };
    return { text: given, object: file, loader, reading };
  }, [given, object, loader, reading]);
  const job = useJob("start", input);
  return (
    <main class="start">
      <Ask given={given} onGive={give} object={object} />
      <div class="answer">
        <JobNote job={job} />
        {input !== undefined && job.output !== undefined && (
          <Answer answer={job.output} object={job.answered?.object?.file} onReading={setReading} />
        )}
      </div>
      {input === undefined && <Examples onChoose={give} />}
      <Situations />
    </main>
  );
}

function Ask(props: {
  readonly given: Given;
  readonly onGive: (given: Given) => void;
  readonly object: ChosenObject | undefined;
}): JSX.Element {
  const { given, onGive, object } = props;
  const isLong = typeof given !== "string" || given.length > LINK_LIMIT;
  return (
    <section class="card ask" aria-label="What you have">
      <h2>Why does bpf() give EPERM in your container, and what must you set?</h2>
      <Field given={given} onGive={onGive} />
      <Drop
        label="Or files: an object (.bpf.o), a log, a report of bpf-token doctor --bundle"
        multiple
        onFile={(_, files) => void take(files, onGive)}
      />
      <Chosen object={object} given={given} onGive={onGive} />
      {object !== undefined && (
        <div class="pair">
          <LoaderChoice />
          <DialectChoice />
        </div>
      )}
      <p class="hint">
        Nothing leaves this page.{" "}
        {isLong
          ? "This text is too long for a link."
          : "The link of this page contains the text, and no file."}
      </p>
    </section>
  );
}

/** Files by their first bytes: an object, or a text. */
async function take(files: readonly File[], give: (given: Given) => void): Promise<void> {
  for (const file of files) {
    const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    const isElf = String.fromCharCode(...head) === "\x7fELF";
    if (isElf || file.name.endsWith(".o")) {
      chosenObject.value = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    } else give(file.size > FIELD_LIMIT ? file : await file.text());
  }
}

function Field(props: {
  readonly given: Given;
  readonly onGive: (given: Given) => void;
}): JSX.Element {
  const id = useId();
  const { given, onGive } = props;
  const write = (text: string): void =>
    onGive(text.length > FIELD_LIMIT ? new File([text], "pasted text") : text);
  return (
    <div class="field">
      <label for={id}>
        Paste an error, a log of strace, <code>cat /proc/PID/mountinfo</code>, a unit or other
        settings
      </label>
      <textarea
        id={id}
        rows={7}
        spellcheck={false}
        disabled={typeof given !== "string"}
        value={typeof given === "string" ? given : ""}
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
    </div>
  );
}

/** What was chosen and is not in the field, with a button to remove it. */
function Chosen(props: {
  readonly object: ChosenObject | undefined;
  readonly given: Given;
  readonly onGive: (given: Given) => void;
}): JSX.Element {
  const { object, given, onGive } = props;
  const forget = (): void => {
    chosenObject.value = undefined;
  };
  return (
    <>
      {object !== undefined && (
        <Removable name={object.name} size={object.bytes.length} onRemove={forget} />
      )}
      {typeof given !== "string" && (
        <Removable name={given.name} size={given.size} onRemove={() => onGive("")} />
      )}
    </>
  );
}

function Removable(props: {
  readonly name: string;
  readonly size: number;
  readonly onRemove: () => void;
}): JSX.Element {
  return (
    <p>
      <bdi>{props.name}</bdi>, {sizeText(props.size)}{" "}
      <button type="button" onClick={props.onRemove} aria-label={`Remove ${props.name}`}>
        Remove
      </button>
    </p>
  );
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function Answer(props: {
  readonly answer: StartAnswer;
  readonly object: string | undefined;
  readonly onReading: (reading: Reading) => void;
}): JSX.Element {
  const { text, object } = props.answer;
  const dialect = dialectOf(route.value.fields);
  const markdown = (): string => {
    const [pageUrl = ""] = location.href.split("#");
    return markdownOf(props.answer, { file: props.object ?? "", dialect, pageUrl });
  };
  return (
    <>
      {text?.kind === "error" && <Explained explanation={text.explanation} />}
      {text?.kind === "report" && <Diagnosed diagnosis={text.diagnosis} />}
      {text?.kind === "damaged" && <p class="problem">{text.message}</p>}
      {text?.kind === "settings" &&
        text.settings.map((one) => (
          <DelegatedCard key={one.where} settings={one} object={props.object} />
        ))}
      <OtherReading text={text} onReading={props.onReading} />
      <p>
        <CopyButton
          label="Copy the answer as Markdown"
          text={markdown}
          otherwise="The browser does not let this page copy."
        />{" "}
        <span class="hint">for an issue tracker, without what you pasted</span>
      </p>
      {object?.kind === "error" && (
        <p class="problem" role="alert">
          {props.object}: {object.message}
        </p>
      )}
      {object?.kind === "object" && (
        <>
          <PolicyCard policy={object.policy} dialect={dialect} />
          <p>
            More about this object: <a href={linkTo("object")}>its calls and contents</a>, and{" "}
            <a href={linkTo("verifier")}>what Linux's own verifier says</a>.
          </p>
        </>
      )}
    </>
  );
}

/** The text can be read in two ways; the page cannot always know which one is meant. */
function OtherReading(props: {
  readonly text: StartAnswer["text"];
  readonly onReading: (reading: Reading) => void;
}): JSX.Element | null {
  const kind = props.text?.kind;
  if (kind !== "error" && kind !== "settings") return null;
  const other: Reading = kind === "error" ? "settings" : "error";
  return (
    <p class="hint">
      Read as {words[kind]}.{" "}
      <button type="button" onClick={() => props.onReading(other)}>
        Read it as {words[other]}
      </button>
    </p>
  );
}

const words: Readonly<Record<Reading, string>> = {
  error: "an error text or a log",
  settings: "settings of a delegation",
};

function Examples(props: { readonly onChoose: (text: string) => void }): JSX.Element {
  return (
    <section aria-label="Examples">
      <h2>Or try an example</h2>
      <ul class="examples">
        {examples.map(({ title, text }) => (
          <li key={title}>
            <button type="button" onClick={() => props.onChoose(text)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
