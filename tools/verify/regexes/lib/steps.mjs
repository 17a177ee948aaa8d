// SPDX-License-Identifier: MIT
// Counts the steps of V8's own matcher, without its optimisation: V8 turns that off in a process that
// has compiled many expressions, and the same search then has up to eight times as many steps.
import { setFlagsFromString } from "node:v8";
import { RegExpParser, visitRegExpAST } from "@eslint-community/regexpp";

/** More steps than these are not counted: an exponential search would not end. */
const MOST = 1 << 22;

let limited;

/** An expression that V8 ends after a number of backtracks, as if nothing matched. */
function withLimit(source, flags, limit) {
  if (limited === undefined) {
    setFlagsFromString("--allow-natives-syntax");
    setFlagsFromString("--no-regexp-optimization");
    limited = new Function("s", "f", "n", "return %NewRegExpWithBacktrackLimit(s, f, n)");
  }
  return limited(source, flags, limit);
}

/**
 * Rewrites an expression so that each repetition is a backtrack: also one in an assertion that holds, to
 * which V8 never returns, and one of a simple loop such as `.*`, which V8 does not count.
 */
export function countable(source, flags) {
  const mode = { unicode: flags.includes("u"), unicodeSets: flags.includes("v") };
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, mode);
  const edits = [];
  visitRegExpAST(pattern, {
    onQuantifierEnter({ element }) {
      edits.push([element.start, "(?:(?:(?!)|)"], [element.end, "(?:|(?!)))"]);
    },
  });
  edits.sort(([a], [b]) => b - a);
  return edits.reduce((text, [at, more]) => text.slice(0, at) + more + text.slice(at), source);
}

/** A counter for the steps of an expression. */
export class StepCounter {
  #source;
  #flags;
  #compiled = new Map();

  constructor(source, flags) {
    const end = flags.includes("y") ? "" : "(?![^])";
    this.#source = `(?:${countable(source, flags)})|${end}`;
    this.#flags = `${flags.replace(/[gy]/g, "")}g`;
  }

  /** Whether finding the first match in a text takes more than a number of steps. */
  exceeds(text, limit) {
    const regex = this.#regex(limit);
    regex.lastIndex = 0;
    // Without the limit the last alternative matches, at the end of the text at the latest.
    return regex.exec(text) === null;
  }

  /** Returns the number of steps, rounded up by at most an eighth: 16 for fewer, Infinity for too many. */
  count(text) {
    let limit = 16;
    if (!this.exceeds(text, limit)) return limit;
    while (this.exceeds(text, limit * 2)) {
      limit *= 2;
      if (limit > MOST) return Infinity;
    }
    const plus = (eighths) => limit + Math.ceil((limit * eighths) / 8);
    let [few, enough] = [0, 8];
    while (enough - few > 1) {
      const middle = (few + enough) / 2;
      if (this.exceeds(text, plus(middle))) few = middle;
      else enough = middle;
    }
    return plus(enough);
  }

  #regex(limit) {
    let regex = this.#compiled.get(limit);
    if (regex === undefined) {
      regex = withLimit(this.#source, this.#flags, limit);
      this.#compiled.set(limit, regex);
    }
    return regex;
  }
}
