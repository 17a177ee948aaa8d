// SPDX-License-Identifier: MIT
// Commands and variables of a shell script.
import { type Piece, part, type Source } from "./source.js";

/** Whether a line is a command that mounts a bpffs, or a line of fstab. */
export function isMountCommand(line: string): boolean {
  const words = line.trim().split(/[\s"'`]+/);
  const type = words.findIndex((word, at) => word === "-tbpf" || words[at - 1] === "-t");
  if (type > 0 && /^(-t)?bpf$/.test(words[type] ?? "")) {
    return words.slice(0, type).some((word) => /(^|\/)mount$/.test(word));
  }
  return words[1]?.startsWith("/") === true && words[2] === "bpf";
}

/** The word `mount` of a command. A line of fstab has none. */
export function mountWord({ text, at }: Source): Piece | undefined {
  for (const { index, 0: word } of text.matchAll(/[^\s"'`]+/g)) {
    if (/(^|\/)mount$/.test(word)) return { text: word, at: at + index };
  }
  return undefined;
}

/** The literals of variables, by name. */
export type Variables = ReadonlyMap<string, Piece>;

/** The literals that masks use. Of a script with many, the first ones: one may stand in each line. */
export class Literals {
  readonly #literals: Variables;
  #left = 1 << 16;

  constructor(literals: Variables) {
    this.#literals = literals;
  }

  /** Returns the literal of a variable; undefined if it has none, or if too many were used. */
  use(name: string): Piece | undefined {
    const literal = this.#literals.get(name);
    this.#left -= literal?.text.length ?? 0;
    return this.#left < 0 ? undefined : literal;
  }
}

const assignment = "^[ \\t]*(?:(?:export|local|readonly)[ \\t]+)?(\\w{1,100})=";
const assigned = new RegExp(assignment, "gm");
const first = new RegExp(assignment);

/** The variable that a line sets. */
export const variableOf = (line: string): string | undefined => first.exec(line)?.[1];

/** The literals of the variables that a script sets once, to words without a space. */
export function literalsIn({ text, at }: Source): Variables {
  const all = [...text.matchAll(assigned)];
  const times = new Map<string, number>();
  for (const [, name = ""] of all) times.set(name, (times.get(name) ?? 0) + 1);
  const literals = new Map<string, Piece>();
  for (const { index, 0: before, 1: name = "" } of all) {
    if (times.get(name) !== 1) continue;
    const from = index + before.length;
    const [, quote = "", value] =
      /^(["']?)([\w:,|]+)\1[ \t]*(?:\n|$)/.exec(lineAt(text, from)) ?? [];
    if (value !== undefined) literals.set(name, { text: value, at: at + from + quote.length });
  }
  return literals;
}

/** The most characters of a value: all names of a mask have fewer. */
const LONGEST = 4096;

const lineAt = (text: string, from: number): string => text.slice(from, from + LONGEST);

/** The commands that mount a bpffs with options of a variable, by the name of the variable. */
export function mountedVariables(source: Source): Variables {
  const commands = new Map<string, Piece>();
  for (const { index, 0: text } of source.text.matchAll(/^.+$/gm)) {
    if (!text.includes("mount") || !isMountCommand(text)) continue;
    const command = part(source, index, index + text.length);
    const word = mountWord(command);
    if (word === undefined) continue;
    for (const [, name = ""] of command.original.matchAll(/\$\{?(\w{1,100})/g)) {
      if (!commands.has(name)) commands.set(name, word);
    }
  }
  return commands;
}
