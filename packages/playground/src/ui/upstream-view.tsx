// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { releases } from "../state/try-state.js";
import { route, setFields } from "../store.js";
import type { UpstreamQuestion } from "../upstream/answer.js";
import type { SourceText } from "../upstream/source.js";
import { Drop } from "./drop.js";
import { Choice, Group } from "./fields.js";
import { JobNote } from "./job-note.js";
import { UpstreamResult } from "./upstream-result.js";
import { useJob } from "./use-job.js";

const KNOWN = "known";
const PASTED = "pasted text";

/** The folder of the compiler; the tool that serves the page names it in the page. */
function compilerFolder(): string | undefined {
  const { compiler } = document.documentElement.dataset;
  return compiler && new URL(`compiler/${compiler}/`, document.baseURI).href;
}

/** The view "token.c": the kernel's own source, compiled in the page and compared with the model. */
export function UpstreamView(): JSX.Element {
  const release = releases.find((name) => name === route.value.fields.get("release"));
  const [texts, setTexts] = useState<readonly SourceText[]>([]);
  const [input, setInput] = useState<UpstreamQuestion>();
  const job = useJob("upstream", input);
  const compiler = compilerFolder();
  const put = (added: readonly SourceText[]): void =>
    setTexts((known) => [
      ...known.filter(({ name }) => !added.some((one) => one.name === name)),
      ...added.filter(({ text }) => text !== ""),
    ]);
  const start = (): void => {
    if (compiler !== undefined) setInput({ texts, release, compiler });
  };
  return (
    <main class="two">
      <section class="controls" aria-label="Source">
        <Sources texts={texts} onPut={put} />
        <ReleaseChoice release={release} />
        <p>
          <button
            type="button"
            disabled={texts.length === 0 || compiler === undefined}
            onClick={start}
          >
            Compile and compare
          </button>
        </p>
      </section>
      <div class="answer">
        <JobNote job={job} />
        {input === undefined || job.output === undefined ? (
          <Introduction compiler={compiler} />
        ) : (
          <UpstreamResult answer={job.output} busy={job.busy} />
        )}
      </div>
    </main>
  );
}

function Sources(props: {
  readonly texts: readonly SourceText[];
  readonly onPut: (texts: readonly SourceText[]) => void;
}): JSX.Element {
  const { texts, onPut } = props;
  const id = useId();
  const open = async (files: readonly File[]): Promise<void> =>
    onPut(
      await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() }))),
    );
  const dropped = texts.filter(({ name }) => name !== PASTED);
  return (
    <Group title="Source">
      <Drop label="token.c, inode.c, or patches:" multiple onFile={(_, all) => void open(all)} />
      {dropped.length > 0 && (
        <ul class="points">
          {dropped.map(({ name }) => (
            <li key={name}>
              {name}{" "}
              <button type="button" class="link" onClick={() => onPut([{ name, text: "" }])}>
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="field">
        <label for={id}>Or paste a token.c, a patch, or a mail with a patch</label>
        <textarea
          id={id}
          rows={10}
          wrap="off"
          spellcheck={false}
          value={texts.find(({ name }) => name === PASTED)?.text ?? ""}
          onInput={({ currentTarget }) => onPut([{ name: PASTED, text: currentTarget.value }])}
        />
      </div>
      <p class="hint">
        The page reads the source; it is not sent, and it is not in the link. A patch is applied to
        the files that you add.
      </p>
    </Group>
  );
}

function ReleaseChoice({ release }: { readonly release: KernelRelease | undefined }): JSX.Element {
  return (
    <Choice
      label="Compile for"
      value={release ?? KNOWN}
      values={[KNOWN, ...releases]}
      word={(name) =>
        name === KNOWN ? "the release of the source, if it is known" : `Linux ${name}`
      }
      onChange={(next) => setFields({ release: next === KNOWN ? "" : next }, "push")}
    />
  );
}

function Introduction({ compiler }: { readonly compiler: string | undefined }): JSX.Element {
  return (
    <section class="card">
      <h2>Does this token.c do what the model does?</h2>
      <p>
        The page compiles the kernel's source in a worker, in place of the model's own token.c. It
        runs the conformance suite and random sequences of calls on both, shows the first difference
        step by step, and marks the lines that nothing reached.
      </p>
      {compiler === undefined ? (
        <p>
          This page was served without the compiler. <code>npm run playground</code> in a clone of
          bpf-token serves it.
        </p>
      ) : (
        <p>The first run loads the compiler, about 98 MB, from the server of this page.</p>
      )}
    </section>
  );
}
