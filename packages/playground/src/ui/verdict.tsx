// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { crash, restartModel, setState } from "../store.js";
import type { Answer } from "../try/answer.js";
import { Terms } from "./terms.js";

/** The answer in a few lines, and the fixes as buttons. */
export function Verdict({ answer }: { readonly answer: Answer }): JSX.Element {
  const { ok, call, errno, cause, consequence, note, fixes } = answer;
  return (
    <section class={`verdict ${ok ? "good" : "bad"}`} aria-label="Answer">
      <div role="status">
        <h2>
          <code>{call}</code> <strong class="errno">{ok ? "succeeds" : errno}</strong>
        </h2>
        {cause !== undefined && (
          <p class="cause">
            <Terms text={sentence(cause)} />
          </p>
        )}
        {consequence !== undefined && (
          <p class="consequence">
            {cause?.includes("ignores the token") ? "Without the token: " : "Then: "}
            <Terms text={`${consequence}.`} />
          </p>
        )}
        {note !== undefined && (
          <p class="note">
            <Terms text={sentence(note)} />
          </p>
        )}
      </div>
      {fixes.map(({ changes, state }, i) => (
        <div class={i === 0 ? "fix first" : "fix"} key={changes.join()}>
          <button type="button" onClick={() => setState(state)}>
            {i === 0 ? "Fix it" : "Or"}
            <span>: {changes.join("; then ")}</span>
          </button>
        </div>
      ))}
    </section>
  );
}

/** Shown after a crash of the kernel. */
export function Crash(): JSX.Element | null {
  if (crash.value === undefined) return null;
  return (
    <section class="verdict bad" role="alert">
      <h2>The model stopped</h2>
      <p>{crash.value}</p>
      <p>The address of this page contains the state; please report it.</p>
      <button type="button" onClick={restartModel}>
        Start the model again
      </button>
    </section>
  );
}

function sentence(text: string): string {
  const first = text.slice(0, 1);
  // A name such as bpffs_fd stays unchanged.
  const start = /^[a-z]+[_.]/.test(text) ? first : first.toUpperCase();
  return `${start}${text.slice(1)}.`;
}
