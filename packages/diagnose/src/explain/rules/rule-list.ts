// SPDX-License-Identifier: MIT
import { anyOf } from "../errno-text.js";
import { type Found, headsOf, type Rule } from "./rule.js";

/** A rule, and what it found. */
export type Ruled = { readonly rule: Rule; readonly match: Found };

/** As many rules share an expression: with fewer, the calls take longer than the search. */
const GROUP = 24;

interface Group {
  readonly rules: readonly Rule[];
  /** One of them finds something in each text that a rule knows, except for `ungated`. */
  readonly gates: readonly RegExp[];
  /** Rules whose finders have no such expression. */
  readonly ungated: readonly Rule[];
}

/**
 * Rules in their order. Most lines of a log are unknown to all of them, so one expression for each set of
 * flags, made of the expressions with which the rules begin, tests for a whole group first.
 *
 * @example
 * ```ts
 * new RuleList(rules).find(["load: operation not permitted"])?.rule.causes;
 * ```
 */
export class RuleList {
  readonly #groups: readonly Group[];

  constructor(rules: readonly Rule[]) {
    const starts = Array.from({ length: Math.ceil(rules.length / GROUP) }, (_, i) => i * GROUP);
    this.#groups = starts.map((start) => groupOf(rules.slice(start, start + GROUP)));
  }

  /** Returns the first rule that knows one of the pieces of a line. */
  find(pieces: readonly string[]): Ruled | undefined {
    for (const { rules, gates, ungated } of this.#groups) {
      const isOpen = gates.some((gate) => pieces.some((piece) => gate.test(piece)));
      for (const rule of isOpen ? rules : ungated) {
        for (const piece of pieces) {
          const match = rule.find.exec(piece);
          if (match !== null) return { rule, match };
        }
      }
    }
    return undefined;
  }
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
