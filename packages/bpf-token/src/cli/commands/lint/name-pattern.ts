// SPDX-License-Identifier: MIT
// Patterns of one name, as git's. Comparing takes time in proportion to the lengths of both: the author of a
// repository writes the patterns and the names.
import { UsageError } from "../../usage.js";

/** Half a minute. Repositories with a hundred thousand files take a tenth. */
const MOST_STEPS = 4_000_000_000;

/** The work of all patterns together. */
export class Work {
  #left: number;

  constructor(most: number = MOST_STEPS) {
    this.#left = most;
  }

  /** @throws UsageError if the patterns take too long. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left >= 0) return;
    throw new UsageError(
      "lint: comparing the names of files with the patterns of .gitignore and 'exclude' takes too long. Fix: name the files or folders, or remove patterns with '*'",
      "",
    );
  }
}

/** What one character of a name is compared with. */
type Part = "*" | ((char: string) => boolean);

/** A pattern of one name: `*`, `?`, `[…]` and backslashes. */
export class NamePattern {
  readonly #text: string | undefined;
  readonly #parts: readonly Part[];
  readonly #least: number;

  constructor(pattern: string) {
    this.#text = /[*?[\\]/.test(pattern) ? undefined : pattern;
    this.#parts = this.#text === undefined ? (partsOf(pattern) ?? [() => false]) : [];
    this.#least = this.#parts.filter((part) => part !== "*").length;
  }

  matches(name: string, work?: Work): boolean {
    if (this.#text !== undefined) return name === this.#text;
    if (name.length < this.#least) return false;
    return matchesAll(this.#parts, [...name], (part, char) => part(char), work);
  }
}

/**
 * Whether parts match items, one each, and `*` any number of them. It goes back only to the last `*`:
 * whatever an earlier one could match, that one can match, too.
 */
export function matchesAll<One, Item>(
  parts: readonly ("*" | One)[],
  items: readonly Item[],
  isMatch: (part: One, item: Item) => boolean,
  work?: Work,
): boolean {
  let part = 0;
  let star = -1;
  let from = 0;
  for (let at = 0; at < items.length; ) {
    work?.spend(1);
    const one = parts[part];
    if (one === "*") {
      star = part++;
      from = at;
    } else if (one !== undefined && isMatch(one, items[at] as Item)) {
      part++;
      at++;
    } else if (star < 0) return false;
    else {
      part = star + 1;
      at = ++from;
    }
  }
  return parts.slice(part).every((one) => one === "*");
}

/** The parts of a pattern; undefined if it can match nothing. */
function partsOf(pattern: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at];
    if (char === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (char === "?") parts.push(() => true);
    else if (char === "[") {
      const found = classAt(chars, at + 1);
      if (found === undefined) return undefined;
      parts.push(found.part);
      at = found.last;
    } else {
      const literal = char === "\\" ? chars[++at] : char;
      if (literal === undefined) return undefined;
      parts.push((one) => one === literal);
    }
  }
  return parts;
}

const posix: Readonly<Record<string, RegExp>> = {
  ...{ alnum: /[0-9A-Za-z]/, alpha: /[A-Za-z]/, blank: /[ \t]/, cntrl: /\p{Cc}/u },
  ...{ digit: /[0-9]/, graph: /[!-~]/, lower: /[a-z]/, print: /[ -~]/ },
  ...{ punct: /[!-/:-@[-`{-~]/, space: /[\t-\r ]/, upper: /[A-Z]/, xdigit: /[0-9A-Fa-f]/ },
};

/** Reads `abc]`, `a-z]`, `!a]` and `[:alpha:]]`. Undefined without an end, or for an unknown class. */
function classAt(
  chars: readonly string[],
  start: number,
): { part: (char: string) => boolean; last: number } | undefined {
  const negated = chars[start] === "!" || chars[start] === "^";
  const tests: ((char: string) => boolean)[] = [];
  let before: string | undefined;
  let at = negated ? start + 1 : start;
  for (const first = at; at === first || chars[at] !== "]"; at++) {
    let char = chars[at];
    const name = char === "[" && chars[at + 1] === ":" ? nameAt(chars, at + 2) : undefined;
    if (name !== undefined) {
      const known = Object.hasOwn(posix, name) ? posix[name] : undefined;
      if (known === undefined) return undefined;
      tests.push((one) => known.test(one));
      at += name.length + 3;
      before = undefined;
      continue;
    }
    const isRange =
      char === "-" && before !== undefined && !["]", undefined].includes(chars[at + 1]);
    if (isRange) char = chars[++at];
    if (char === "\\") char = chars[++at];
    if (char === undefined) return undefined;
    const [low, high] = [isRange ? (before as string) : char, char];
    tests.push((one) => one >= low && one <= high);
    before = isRange ? undefined : char;
  }
  return { part: (char) => tests.some((test) => test(char)) !== negated, last: at };
}

/** The name of a class, up to `:]`. */
function nameAt(chars: readonly string[], start: number): string | undefined {
  const end = chars.indexOf("]", start);
  return end > start && chars[end - 1] === ":" ? chars.slice(start, end - 1).join("") : undefined;
}
