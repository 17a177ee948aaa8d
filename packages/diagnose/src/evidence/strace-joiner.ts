// SPDX-License-Identifier: MIT
import { parseStraceLine, type StraceCall } from "./strace-line.js";

/** Interrupted calls that are kept: processes can end in the middle of one. */
const PENDING = 1000;

/** A call of a log, and where it begins. */
export interface PlacedCall {
  readonly call: StraceCall;
  /** What was given with the line on which the call begins; undefined if the log lacks that line. */
  readonly begin: number | undefined;
}

/** Joins the two lines that strace prints for a call that another process interrupts. */
export class StraceJoiner {
  readonly #pending = new Map<string, { readonly text: string; readonly at: number }>();
  readonly #longest: number;

  /** @param longest - number of characters that are kept of the first line of a call. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * Takes a line.
   *
   * @param at - a number for the line, which is returned with its call.
   * @returns the call that the line completes; null if it completes none, undefined if it is no line of
   *   strace.
   */
  take(text: string, at: number): PlacedCall | null | undefined {
    const parsed = parseStraceLine(text);
    if (parsed === undefined) return undefined;
    if (parsed.kind === "call") return { call: parsed.call, begin: at };
    const who = String(parsed.pid);
    if (parsed.kind === "begin") {
      if (this.#pending.size < PENDING) {
        this.#pending.set(who, { text: parsed.text.slice(0, this.#longest), at });
      }
      return null;
    }
    const start = this.#pending.get(who);
    this.#pending.delete(who);
    const joined = parseStraceLine(`${start?.text ?? `${parsed.name}(...`}${parsed.text}`);
    if (joined?.kind !== "call") return null;
    return { call: { ...joined.call, pid: parsed.pid }, begin: start?.at };
  }

  /** Returns the calls that never returned, as far as they were printed. */
  unfinished(): readonly PlacedCall[] {
    return [...this.#pending.values()].flatMap(({ text, at }) => {
      const joined = parseStraceLine(`${text}) = ?`);
      return joined?.kind === "call" ? [{ call: joined.call, begin: at }] : [];
    });
  }
}
