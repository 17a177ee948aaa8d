// SPDX-License-Identifier: MIT
// The state of the page. The address always contains all of it.
import { type Signal, signal } from "@preact/signals";
import { ModelClient } from "./model-client.js";
import { formatTry, parseTry } from "./state/hash.js";
import { defaultState, type TryState } from "./state/try-state.js";
import type { Answer } from "./try/answer.js";

/** The state of the first view. */
export const state: Signal<TryState> = signal(defaultState);
/** The model's answer to the state; undefined until the first one. */
export const answer: Signal<Answer | undefined> = signal(undefined);
/** Why the kernel crashed, or undefined. */
export const crash: Signal<string | undefined> = signal(undefined);

const client = new ModelClient((reply) => {
  crash.value = reply.crash;
  if (reply.answer !== undefined) answer.value = reply.answer;
});

/** Reads the state from the address, and follows the history. */
export function startStore(): void {
  const read = (): void => {
    state.value = parseTry(location.hash);
    client.ask(state.value);
  };
  window.addEventListener("popstate", read);
  read();
}

/**
 * Changes the state, and asks the model.
 *
 * @param step - `replace` for a change that belongs to the last one, such as another letter.
 */
export function change(patch: Partial<TryState>, step: "push" | "replace" = "push"): void {
  setState({ ...state.value, ...patch }, step);
}

/** Replaces the whole state. */
export function setState(next: TryState, step: "push" | "replace" = "push"): void {
  state.value = next;
  const hash = `#${formatTry(next)}`;
  if (hash !== location.hash) history[`${step}State`](null, "", hash);
  client.ask(next);
}

/** Starts the model again after a crash. */
export function restartModel(): void {
  client.restart();
  client.ask(state.value);
}
