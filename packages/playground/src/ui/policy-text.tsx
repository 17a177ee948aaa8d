// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { CopyButton } from "./copy-button.js";

/** The settings of a delegation, to copy or to download. */
export function PolicyText({ text }: { readonly text: string }): JSX.Element {
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`;
  return (
    <>
      <pre class="policy">{text}</pre>
      <p>
        <a class="button" href={file} download="policy.txt">
          Download
        </a>{" "}
        <CopyButton label="Copy" text={() => text} otherwise="Select the text to copy it." />
      </p>
    </>
  );
}
