// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { answer, state } from "../store.js";
import { Controls, Situation } from "./controls.js";
import { Path } from "./path.js";
import { Picture } from "./picture.js";
import { Settings } from "./settings.js";
import { Crash, Verdict } from "./verdict.js";

/** The view "Delegate and try". */
export function TryView(): JSX.Element {
  const current = answer.value;
  return (
    <main class="try">
      <Situation />
      <div class="answer">
        <Crash />
        {current ? <Verdict answer={current} /> : <p class="loading">The model starts.</p>}
        {current && <Settings answer={current} />}
        {current && <Picture now={state.value} answer={current} />}
      </div>
      <Controls />
      {current && <Path answer={current} />}
    </main>
  );
}
