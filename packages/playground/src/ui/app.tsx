// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { answer } from "../store.js";
import { Controls, Situation } from "./controls.js";
import { Path } from "./path.js";
import { Picture } from "./picture.js";
import { Crash, Verdict } from "./verdict.js";

/** The page. */
export function App(): JSX.Element {
  const current = answer.value;
  return (
    <>
      <header class="top">
        <h1>BPF token playground</h1>
        <p>
          A BPF token delegates parts of <code>bpf()</code> to a container. Change anything: a model
          of the kernel answers, in this page.
        </p>
        <CopyLink />
      </header>
      <main>
        <Situation />
        <div class="answer">
          <Crash />
          {current ? <Verdict answer={current} /> : <p class="loading">The model starts.</p>}
          {current && <Picture answer={current} />}
        </div>
        <Controls />
        {current && <Path answer={current} />}
      </main>
      <footer>
        <p>
          Nothing leaves this page. The model follows the kernel in C of our own (GPL-2.0-only). It
          executes no program: the verifier of a real kernel may still refuse one.
        </p>
      </footer>
    </>
  );
}

/** Copies the address, which contains the whole state. */
function CopyLink(): JSX.Element {
  const [said, say] = useState("");
  const copy = (): void => {
    const done = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
    done.then(
      () => say("Copied."),
      () => say("Copy the address of this page."),
    );
  };
  return (
    <p class="copy">
      <button type="button" onClick={copy}>
        Copy link
      </button>{" "}
      <span role="status">{said}</span>
    </p>
  );
}
