// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** A button that copies a text, and says whether it could. */
export function CopyButton(props: {
  readonly label: string;
  readonly text: () => string;
  /** What to do where the browser refuses. */
  readonly otherwise: string;
}): JSX.Element {
  const [said, say] = useState("");
  const copy = (): void => {
    const done = navigator.clipboard?.writeText(props.text()) ?? Promise.reject();
    done.then(
      () => say("Copied."),
      () => say(props.otherwise),
    );
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {props.label}
      </button>{" "}
      <span role="status">{said}</span>
    </>
  );
}
