// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** The settings of a delegation, to copy or to download. */
export function PolicyText({ text }: { readonly text: string }): JSX.Element {
  const [said, say] = useState("");
  const copy = (): void => {
    const done = navigator.clipboard?.writeText(text) ?? Promise.reject();
    done.then(
      () => say("Copied."),
      () => say("Select the text to copy it."),
    );
  };
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`;
  return (
    <>
      <pre class="policy">{text}</pre>
      <p>
        <button type="button" onClick={copy}>
          Copy
        </button>{" "}
        <a class="button" href={file} download="policy.txt">
          Download
        </a>{" "}
        <span role="status">{said}</span>
      </p>
    </>
  );
}
