// SPDX-License-Identifier: MIT
import {
  DelegationError,
  delegationOf,
  dialects,
  formatDelegation,
  parseMask,
} from "@bpf-token/delegation";
import type { JSX } from "preact";
import { axisNames, type TryState } from "../state/try-state.js";
import { change, state } from "../store.js";
import type { Answer } from "../try/answer.js";
import { dialectWords } from "./dialect-words.js";
import { Choice } from "./fields.js";
import { PolicyText } from "./policy-text.js";

/** The delegation as settings of a container manager: that of the state, or that after the fix. */
export function Settings({ answer }: { readonly answer: Answer }): JSX.Element {
  const fixed = answer.fixes[0]?.state;
  const { dialect } = state.value;
  return (
    <section class="card" aria-label="Settings">
      <div class="settings">
        <h2>{fixed === undefined ? "Settings" : "Settings after the fix"}</h2>
        <Choice
          label="Written for"
          value={dialect}
          values={dialects}
          word={(name) => dialectWords[name]}
          onChange={(next) => change({ dialect: next })}
        />
      </div>
      <PolicyText text={settingsText(fixed ?? state.value, state.value)} />
      <p class="hint">
        They permit the calls of this page. A loader makes more:{" "}
        <code>bpf-token policy OBJECT</code> prints complete settings for an object.
      </p>
    </section>
  );
}

function settingsText(from: TryState, { dialect }: TryState): string {
  try {
    const masks = axisNames.map((axis) => {
      const text = from.masks[axis];
      return [axis, text === "" ? 0n : parseMask(axis, text)];
    });
    const delegation = delegationOf(Object.fromEntries(masks), from.release);
    const capabilities = from.caps.map((name) => name.toLowerCase());
    return formatDelegation(delegation, dialect, { capabilities }).join("\n");
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return `# ${error.message}`;
  }
}
