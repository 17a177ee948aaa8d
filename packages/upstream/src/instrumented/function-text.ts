// SPDX-License-Identifier: MIT

/** What the text of a function says about it. */
export interface FunctionText {
  /** The name; empty if the text before the body is not a function head. */
  readonly name: string;
  /** The line of the name, from 1. */
  readonly line: number;
  /** A hash of each line from there to the end of the body. White space and comments do not count: 0 for none. */
  readonly source: readonly number[];
}

/** The source range of a function's body, from 1. */
interface Body {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

/** How many lines a function head may have. */
const HEAD = 20;

/** Reads the functions of one source text. */
export class FunctionTexts {
  readonly #lines: readonly string[];

  constructor(bytes: Uint8Array) {
    this.#lines = withoutComments(new TextDecoder().decode(bytes)).split("\n");
  }

  /** Returns the name and the hashes of the function with a body. */
  at({ line, column, endLine }: Body): FunctionText {
    let head = (this.#lines[line - 1] ?? "").slice(0, column - 1);
    let start = line;
    while (openingOf(head) === undefined && start > Math.max(1, line - HEAD)) {
      start--;
      head = `${this.#lines[start - 1] ?? ""}\n${head}`;
    }
    const open = openingOf(head);
    const name = open === undefined ? "" : wordBefore(head, open);
    const from = name === "" ? line : start;
    return { name, line: from, source: this.#lines.slice(from - 1, endLine).map(hashOf) };
  }
}

/** The offset of the parenthesis that opens the last balanced list of a text. */
function openingOf(text: string): number | undefined {
  let depth = 0;
  for (let at = text.lastIndexOf(")"); at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth === 0) return at;
  }
  return undefined;
}

function wordBefore(text: string, end: number): string {
  let start = end;
  while (start > 0 && /\w/.test(text[start - 1] as string)) start--;
  return text.slice(start, end);
}

/** Removes comments of C, but not their line ends. */
function withoutComments(text: string): string {
  return text
    .split("/*")
    .map((piece, i) => {
      if (i === 0) return piece;
      const end = piece.indexOf("*/");
      const comment = end < 0 ? piece : piece.slice(0, end);
      return "\n".repeat(comment.split("\n").length - 1) + (end < 0 ? "" : piece.slice(end + 2));
    })
    .join("");
}

/** FNV-1a of a line without white space; 0 for an empty one. */
function hashOf(line: string): number {
  let hash = 0x811c9dc5;
  let empty = true;
  for (const char of line) {
    if (char <= " ") continue;
    empty = false;
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return empty ? 0 : hash >>> 0 || 1;
}
