// SPDX-License-Identifier: MIT

/** `$name`, `$task.pid`, `$name.arg[1]` or `$name.arg.field`. */
export interface Reference {
  /** A task or an answer. */
  readonly name: string;
  /** The argument whose memory is meant, or `pid`. */
  readonly part?: string;
  /** Which 32-bit word of that memory. */
  readonly word?: number;
  /** Which field of the structure there. */
  readonly field?: string;
}

/** What names of tasks and answers look like. */
export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const inside = "([A-Za-z][A-Za-z0-9_]*)(?:\\.([a-z0-9_]+)(?:\\[(\\d{1,4})\\]|\\.([a-z0-9_]+))?)?";
const whole = new RegExp(`^\\$${inside}$`);
const braced = new RegExp(`^${inside}$`);

/** Reads `$name…`; undefined if the text is no reference. */
export function parseReference(text: string): Reference | undefined {
  return text.startsWith("$") ? fromMatch(whole.exec(text)) : undefined;
}

function fromMatch(match: RegExpExecArray | null): Reference | undefined {
  if (match === null) return undefined;
  const [, name = "", part, word, field] = match;
  return {
    name,
    ...(part === undefined ? {} : { part }),
    ...(word === undefined ? {} : { word: Number(word) }),
    ...(field === undefined ? {} : { field }),
  };
}

/** A piece of a string: text, or a reference whose value is put in its place in decimal. */
export type Piece = string | Reference;

/**
 * Takes a string with `${name}` apart; `$$` is a dollar sign.
 *
 * @returns the pieces, or the text between braces that is no reference.
 */
export function parsePieces(text: string): readonly Piece[] | { readonly bad: string } {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\$|\$\{([^}]*)\}?/g)) {
    if (match.index > from) pieces.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[0] === "$$") {
      pieces.push("$");
      continue;
    }
    const reference = match[0].endsWith("}") ? fromMatch(braced.exec(match[1] ?? "")) : undefined;
    if (reference === undefined) return { bad: match[0] };
    pieces.push(reference);
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** The way a reference is written. */
export function formatReference({ name, part, word, field }: Reference): string {
  const tail = word !== undefined ? `[${word}]` : field !== undefined ? `.${field}` : "";
  return `$${name}${part === undefined ? "" : `.${part}${tail}`}`;
}
