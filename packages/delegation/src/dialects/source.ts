// SPDX-License-Identifier: MIT
// The text of settings without what nobody reads. Each character keeps its position.

/** A part of a text, and its position there. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/** A text, or a part of one. */
export interface Source extends Piece {
  /** The characters as they were before comments and templates became blank. */
  readonly original: string;
}

/** What a program fills in later; and `…`, with which a page leaves something out. */
const templates =
  /\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\$\([^()\n]*\)|\$\w+|<\w[\w -]*>|@[A-Z]\w*@|…|\.\.\./g;

/** The character that stands for each character of a template. */
const FILLED = "\u0001";

/** Whether a part of a text is filled in later. */
export const isTemplate = (text: string): boolean => text.includes(FILLED);

const spaces = (text: string): string => " ".repeat(text.length);

/**
 * Blanks the comments of a text, and the line breaks that a backslash continues.
 *
 * @param style - `unit`: a comment is a line of its own, also between continued lines. `shell`: it may
 *   also follow a space, as in YAML.
 */
export function sourceOf(original: string, style: "unit" | "shell"): Source {
  const bare =
    style === "unit"
      ? original.replace(/^[ \t]*[#;].*(?:\n|$)/gm, spaces)
      : original.split("\n").map(withoutComment).join("\n");
  const text = bare
    .replace(/\\\r?\n/g, spaces)
    .replace(templates, (part) => FILLED.repeat(part.length));
  return { text, at: 0, original };
}

function withoutComment(line: string): string {
  const start = /^\s*(?:[;#]|\/\/)/.test(line) ? 0 : commentStart(line);
  return start < 0 ? line : line.slice(0, start) + spaces(line.slice(start));
}

/** A `#` in quotes starts no comment, unless the quote is an apostrophe, which nothing closes. */
function commentStart(line: string): number {
  let quote = "";
  let first = -1;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    const starts = char === "#" && /\s/.test(line.charAt(i - 1));
    if (starts && first < 0) first = i;
    if (starts && quote === "") return i;
    if (quote === char) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
  }
  return quote === "" ? -1 : first;
}

/**
 * Blanks the comments of a program in C, C++, Go, Python or Rust. A `#` starts one after a space only:
 * lines of the C preprocessor go too.
 */
export function sourceOfProgram(original: string): Source {
  const text = original.replace(
    /"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'(?:[^'\\\n]|\\.){1,9}'|(\/\/[^\n]*|\/\*.*?(?:\*\/|$)|(?<=^|\s)#[^\n]*)/gs,
    (all, comment?: string) => (comment === undefined ? all : all.replace(/[^\n]/g, " ")),
  );
  // In Rust, a string continues in the next line.
  const joined = text.replace(/\\\n[ \t]*/g, (glue) => " ".repeat(glue.length));
  return { text: joined, at: 0, original };
}

/** A part of a source. */
export function part(source: Source, from: number, to?: number): Source {
  const { text, original, at } = source;
  return { text: text.slice(from, to), original: original.slice(from, to), at: at + from };
}

/** Cuts a source before each line that starts a new part. */
export function cut(source: Source, starts: (line: string) => boolean): readonly Source[] {
  const lines = [...source.text.matchAll(/^.+/gm)].filter(([line]) => starts(line));
  const from = lines.map(({ index }) => index).filter((at) => at > 0);
  return [0, ...from].map((at, i) => part(source, at, from[i]));
}

/** Splits a piece; the parts may be empty. */
export function split({ text, at }: Piece, separator: string): readonly Piece[] {
  let from = at;
  return text.split(separator).map((word) => {
    const piece = { text: word, at: from };
    from += word.length + separator.length;
    return piece;
  });
}

export function trim({ text, at }: Piece): Piece {
  return { text: text.trim(), at: at + text.length - text.trimStart().length };
}

/** Removes quotes around a piece, also quotes in quotes. */
export function unquote(piece: Piece): Piece {
  const { text, at } = trim(piece);
  if (text.length < 2 || !/^(["']).*\1$/s.test(text)) return { text, at };
  return unquote({ text: text.slice(1, -1), at: at + 1 });
}

/** A key and its value. */
export interface Setting {
  readonly key: string;
  readonly value: Piece;
  /** How the value ends: with its line, its quotes, or a space. */
  readonly form: "line" | "quoted" | "word";
}

/**
 * Finds settings, wherever a text has them: on a line of their own, in quotes or among other words.
 *
 * @param key - matches a key and what separates it from its value; its first group is the name.
 * @param own - matches what may stand before a key on a line of its own. Default: spaces.
 */
export function settingsIn(
  { text, at }: Source,
  key: RegExp,
  own: RegExp = /^\s*$/,
): readonly Setting[] {
  let end = 0;
  return [...text.matchAll(key)].flatMap((match) => {
    // Without a space, it belongs to the value before. A hostile word has thousands of keys.
    if (match.index < end) return [];
    const from = match.index + match[0].length;
    const [line = ""] = /^[^\n]*/.exec(text.slice(from, from + LONGEST)) ?? [];
    const nearby = text.slice(Math.max(0, match.index - LONGEST), match.index);
    const before = nearby.slice(nearby.lastIndexOf("\n") + 1).slice(-100);
    const [value, form] = valueIn(line, before, own, match[0]);
    if (form === "word") end = wordEnd(text, from);
    return [{ key: match[1] ?? "", value: { text: value, at: at + from }, form }];
  });
}

/** The most characters of a value: all names of a mask have fewer. More would take minutes. */
export const LONGEST = 4096;

function valueIn(
  line: string,
  before: string,
  own: RegExp,
  key: string,
): readonly [string, Setting["form"]] {
  // In a list, quotes stand around the key and its value: - "bpf-token/delegate_maps=hash"
  const quote = /(["'`])[\w./-]*$/.exec(before)?.[1];
  const rest = quote === undefined || key.includes(quote) ? -1 : line.indexOf(quote);
  if (rest >= 0) return [line.slice(0, rest), "quoted"];
  if (own.test(before)) return [line.trimEnd(), "line"];
  const quoted = /^(["'`])/.exec(line)?.[0];
  const end = quoted === undefined ? -1 : line.indexOf(quoted, 1);
  if (end > 0) return [line.slice(0, end + 1), "quoted"];
  return [line.slice(0, wordEnd(line, 0)), "word"];
}

function wordEnd(text: string, from: number): number {
  const end = /[\s"'`;|&)}\\]/g;
  end.lastIndex = from;
  return end.exec(text)?.index ?? text.length;
}
