// SPDX-License-Identifier: MIT
// The state of the page. The address always contains all of it.
import { type Signal, signal } from "@preact/signals";
import { JobClient } from "./job-client.js";
import { formatFields } from "./state/fields.js";
import { formatTry, parseTry } from "./state/hash.js";
import { parseRoute, type Route, type View } from "./state/route.js";
import { defaultState, type TryState } from "./state/try-state.js";
import type { Answer } from "./try/answer.js";
import { presets } from "./try/presets.js";

/** The view, and the fields of its state. */
export const route: Signal<Route> = signal({ view: "start", fields: new Map() });
/** The state of the views "try" and "releases". */
export const state: Signal<TryState> = signal(defaultState);
/** The model's answer to the state; undefined until the first one. */
export const answer: Signal<Answer | undefined> = signal(undefined);
/** Why the kernel crashed, or undefined. */
export const crash: Signal<string | undefined> = signal(undefined);

/** Whether a change is a step of its own in the history, or belongs to the last one. */
export type Step = "push" | "replace";

const client = new JobClient("try", (reply) => {
  crash.value = reply.crash;
  if (reply.output !== undefined) answer.value = reply.output;
});

/** Reads the state from the address, and follows the history. */
export function startStore(): void {
  window.addEventListener("popstate", read);
  read();
}

function read(): void {
  const next = parseRoute(location.hash);
  if (usesTry(next.view)) {
    state.value = stateOf(next);
    if (next.view === "try") client.ask(state.value);
  }
  route.value = next;
}

/** A short link names a situation; any other contains the whole state. */
function stateOf({ fields }: Route): TryState {
  const id = fields.get("situation");
  return presets.find((preset) => preset.id === id)?.state ?? parseTry(location.hash);
}

const usesTry = (view: View): boolean => view === "try" || view === "releases";

/** The address of a view; "try" and "releases" keep the state that they share. */
export function linkTo(view: View): string {
  const own = usesTry(view) ? formatTry(state.value) : "";
  if (view === "try") return `#${own}`;
  return `#view=${view}${own === "" ? "" : `&${own}`}`;
}

/** The address of a state in the view "try". */
export function linkToState(next: TryState): string {
  return `#${formatTry(next)}`;
}

/** Changes fields of the state of the current view. */
export function setFields(patch: Readonly<Record<string, string>>, step: Step = "replace"): void {
  const { view, fields } = route.value;
  const next = new Map([["view", view as string], ...fields, ...Object.entries(patch)]);
  write(formatFields([...next].filter(([, value]) => value !== "")), step);
  route.value = { view, fields: next };
}

/**
 * Changes the state, and asks the model.
 *
 * @param step - `replace` for a change that belongs to the last one, such as another letter.
 */
export function change(patch: Partial<TryState>, step: Step = "push"): void {
  setState({ ...state.value, ...patch }, step);
}

/** Replaces the whole state. */
export function setState(next: TryState, step: Step = "push"): void {
  state.value = next;
  const { view } = route.value;
  write(view === "releases" ? `view=releases&${formatTry(next)}` : formatTry(next), step);
  if (view === "try") client.ask(next);
}

/** Starts the model again after a crash. */
export function restartModel(): void {
  client.stop();
  client.ask(state.value);
}

function write(hash: string, step: Step): void {
  if (`#${hash}` !== location.hash) history[`${step}State`](null, "", `#${hash}`);
}
