// SPDX-License-Identifier: MIT
import { styleText } from "node:util";

/** What colours mean in our output. */
export type Role = "good" | "bad" | "who" | "call" | "quiet" | "strong" | "warn";

const styles = {
  good: "green",
  bad: "red",
  who: "cyan",
  call: "bold",
  quiet: "dim",
  strong: "bold",
  warn: "yellow",
} as const;

/** Paints text by its role, or leaves it plain. */
export type Paint = (role: Role, text: string) => string;

/** Leaves text as it is. */
export const plain: Paint = (_, text) => text;

/** Where output goes, as far as its look depends on it. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/**
 * Colours on a terminal only, and never against NO_COLOR (https://no-color.org) or `--no-color`.
 */
export function paintFor(
  screen: Screen,
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean,
): Paint {
  if (!wanted || env.NO_COLOR || env.TERM === "dumb") return plain;
  const forced = env.FORCE_COLOR !== undefined && !/^(|0|false)$/.test(env.FORCE_COLOR);
  if (!screen.isTTY && !forced) return plain;
  // What the stream is was asked above; Node would ask the standard output instead.
  return (role, text) => styleText(styles[role], text, { validateStream: false });
}

/** Width for prose: that of the terminal, within what reads well. */
export function proseWidth(screen: Screen): number {
  return Math.max(40, Math.min(screen.columns ?? 80, 100));
}

/** Breaks prose into lines of at most `width` columns. Words longer than that stay whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((w) => w !== "")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}
