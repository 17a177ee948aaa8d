// SPDX-License-Identifier: MIT
import { inspect } from "node:util";
import { type Paint, plain } from "../../text/paint.js";

const styles = {
  good: "green",
  bad: "red",
  who: "cyan",
  call: "bold",
  quiet: "dim",
  strong: "bold",
  warn: "yellow",
} as const;

/** The properties of an output stream that decide about colours and width. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Stands for the start of a colour sequence. Random, so that no input can contain it. */
const MARK = `\u001b${Math.random()}`;

/**
 * Returns colours only for a terminal, and none with NO_COLOR (https://no-color.org) or `--no-color`.
 * `applyColours` turns the marks in the painted text into colours.
 */
export function paintFor(
  screen: Screen,
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean,
): Paint {
  if (!wanted || env.NO_COLOR || env.TERM === "dumb") return plain;
  const forced = env.FORCE_COLOR !== undefined && !/^(|0|false)$/.test(env.FORCE_COLOR);
  if (!screen.isTTY && !forced) return plain;
  return (role, text) => {
    const [on, off] = inspect.colors[styles[role]] as [number, number];
    return `${MARK}${on}m${text}${MARK}${off}m`;
  };
}

/** Passes the text between colours to `convert`, then turns the marks into colours. */
export function applyColours(text: string, convert: (text: string) => string): string {
  return text.split(MARK).map(convert).join("\u001b[");
}

/** The width of prose: that of the terminal, at least 40 and at most 100 columns. */
export function proseWidth(screen: Screen): number {
  return Math.max(40, Math.min(screen.columns ?? 80, 100));
}
