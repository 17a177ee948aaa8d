// SPDX-License-Identifier: MIT
import { anyOf } from "../errno-text.js";
import { type Found, headsOf, type Rule } from "./rule.js";
import { WordText } from "./word-text.js";

/** A rule, and what it found. */
export type Ruled = { readonly rule: Rule; readonly match: Found };

/** As many rules share an expression: with fewer, the calls take longer than the search. */
const GROUP = 24;

/** After as many texts, an expression for a group is worth its compilation, which takes milliseconds. */
const SHORT = 50;

interface Group {
  readonly rules: readonly Rule[];
  /** One of them finds something in each text that a rule knows, except for `ungated`. */
  readonly gates: readonly RegExp[];
  /** Rules whose finders have no such expression. */
  readonly ungated: readonly Rule[];
}

/**
 * Rules in their order. Most lines of a log are unknown to all of them. For a short text, words decide which
 * rules are tried. For a long one, an expression for each set of flags, made of the expressions with which the
 * rules begin, tests for a whole group first.
 *
 * @example
 * ```ts
 * new RuleList(rules).find(["load: operation not permitted"])?.rule.causes;
 * ```
 */
export class RuleList {
  readonly #rules: readonly Rule[];
  readonly #words: readonly (readonly string[])[];
  #groups: readonly Group[] | undefined;
  #count = 0;

  /**
   * @param words - for each rule, words in lower case of which a text has one that the rule knows; none if the
   *   rule must be tried. Without them, each rule must be.
   */
  constructor(rules: readonly Rule[], words: readonly (readonly string[])[] = []) {
    this.#rules = rules;
    this.#words = words;
  }

  /** Returns the first rule that knows one of the pieces of a line. */
  find(pieces: readonly string[]): Ruled | undefined {
    return this.#count++ < SHORT ? this.#findByWords(pieces) : this.#findInGroups(pieces);
  }

  #findByWords(pieces: readonly string[]): Ruled | undefined {
    const texts = pieces.map((piece) => new WordText(piece));
    for (const [i, rule] of this.#rules.entries()) {
      const words = this.#words[i] ?? [];
      if (!texts.some((text) => text.hasAny(words))) continue;
      const found = findOne(rule, pieces);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findInGroups(pieces: readonly string[]): Ruled | undefined {
    this.#groups ??= groupsOf(this.#rules);
    for (const { rules, gates, ungated } of this.#groups) {
      const isOpen = gates.some((gate) => pieces.some((piece) => gate.test(piece)));
      for (const rule of isOpen ? rules : ungated) {
        const found = findOne(rule, pieces);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

function findOne(rule: Rule, pieces: readonly string[]): Ruled | undefined {
  for (const piece of pieces) {
    const match = rule.find.exec(piece);
    if (match !== null) return { rule, match };
  }
  return undefined;
}

function groupsOf(rules: readonly Rule[]): readonly Group[] {
  const starts = Array.from({ length: Math.ceil(rules.length / GROUP) }, (_, i) => i * GROUP);
  return starts.map((start) => groupOf(rules.slice(start, start + GROUP)));
}

function groupOf(rules: readonly Rule[]): Group {
  const heads = rules.flatMap(({ find }) => headsOf(find) ?? []);
  const flags = [...new Set(heads.map((head) => head.flags))];
  return {
    rules,
    gates: flags.map((one) => {
      const mine = heads.filter((head) => head.flags === one);
      return anyOf(
        mine.map(({ source }) => source),
        one,
      );
    }),
    ungated: rules.filter(({ find }) => headsOf(find) === undefined),
  };
}
