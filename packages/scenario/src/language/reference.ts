// SPDX-License-Identifier: MIT

/** `$name`, `$task.pid`, `$name.arg[1]` or `$name.arg.field`. */
export interface Reference {
  /** The name of a task or an answer. */
  readonly name: string;
  /** The pointer argument whose memory is read, or `pid`. */
  readonly part?: string;
  /** The index of the 32-bit word in that memory. */
  readonly word?: number;
  /** The field of the structure in that memory. */
  readonly field?: string;
}

/** The pattern of the names of tasks and answers. */
export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const inside = "([A-Za-z][A-Za-z0-9_]*)(?:\\.([a-z0-9_]+)(?:\\[(\\d{1,4})\\]|\\.([a-z0-9_]+))?)?";
const whole = new RegExp(`^\\$${inside}$`);
const braced = new RegExp(`^${inside}$`);

/** Parses `$name…`; returns undefined if the text is not a reference. */
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

/** A piece of a string: text, or a reference that the runner replaces by its value in decimal. */
export type Piece = string | Reference;

/**
 * Splits a string with `${name}` into pieces; `$$` is a dollar sign.
 *
 * @returns the pieces, or the text between braces that is not a reference.
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

/** Formats a reference. */
export function formatReference({ name, part, word, field }: Reference): string {
  const tail = word !== undefined ? `[${word}]` : field !== undefined ? `.${field}` : "";
  return `$${name}${part === undefined ? "" : `.${part}${tail}`}`;
}
