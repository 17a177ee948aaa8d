// SPDX-License-Identifier: MIT
// What views share and the address does not have: the text and the object that somebody chose.
import { type Signal, signal } from "@preact/signals";

/** The file of an object. */
export interface ChosenObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The object of the views that take one. */
export const chosenObject: Signal<ChosenObject | undefined> = signal(undefined);

const KEY = "bpf-token text";
/** Longer texts are lost with the page. */
const LIMIT = 200_000;

/** The text that was kept for a reload of this tab; empty if there is none. */
export function keptText(): string {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // The browser keeps nothing for this page.
  }
}

/** Keeps a text for a reload of this tab. */
export function keepText(text: string): void {
  try {
    if (text.length <= LIMIT) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch {
    // The browser keeps nothing for this page.
  }
}
