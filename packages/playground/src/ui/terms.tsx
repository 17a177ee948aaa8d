// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { splitTerms, type Term } from "./glossary.js";

/** A text whose terms show their meaning on hover and focus. */
export function Terms({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {splitTerms(text).map(({ text: part, term }) =>
        term === undefined ? part : <Explained key={term.id} text={part} term={term} />,
      )}
    </>
  );
}

function Explained(props: { readonly text: string; readonly term: Term }): JSX.Element {
  const id = useId();
  const [shown, show] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside has the same meaning on focus
    <span class="term" onMouseEnter={() => show(true)} onMouseLeave={() => show(false)}>
      <button
        type="button"
        class="term-word"
        aria-describedby={shown ? id : undefined}
        onFocus={() => show(true)}
        onBlur={() => show(false)}
        onClick={() => show(true)}
        onKeyDown={({ key }) => key === "Escape" && show(false)}
      >
        {props.text}
      </button>
      {shown && (
        <span class="meaning" role="tooltip" id={id}>
          {props.term.meaning}
        </span>
      )}
    </span>
  );
}
