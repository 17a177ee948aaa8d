// SPDX-License-Identifier: MIT

import type { Value } from "../language/model.js";
import { type NameGroup, valueOfName } from "../language/names.js";
import type { Problems } from "../language/problems.js";
import { parsePieces, parseReference } from "../language/reference.js";
import { suggestion } from "../language/suggestion.js";
import type { Scope } from "./scope.js";
import { describe, type Node, type ScalarNode } from "./source.js";

/** The state of a parse: problems, and the names in scope. */
export interface Reading {
  readonly problems: Problems;
  readonly scope: Scope;
}

/** The smallest and the largest number of an argument of that many bits, signed or unsigned. */
export function rangeOf(bits: number): readonly [bigint, bigint] {
  return [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits) - 1n];
}

/** Parses a number: an integer, a name, a reference, or a list of these, which are OR-ed. */
export function readNumber(
  node: Node,
  groups: readonly NameGroup[],
  reading: Reading,
  bits = 64,
): Value {
  if (node.kind === "list") {
    return node.items.map((item) =>
      item.kind === "list" ? wrong(item, "a number or a name", reading) : one(item),
    );
  }
  return one(node);

  function one(item: Node): Value {
    if (item.kind !== "scalar") return wrong(item, "a number", reading);
    if (typeof item.value === "number" || typeof item.value === "bigint") {
      return readInteger(item, reading, bits);
    }
    if (typeof item.value === "string") return readWord(item, item.value, groups, reading);
    return wrong(item, "a number", reading);
  }
}

function readWord(
  node: ScalarNode,
  word: string,
  groups: readonly NameGroup[],
  { problems, scope }: Reading,
): Value {
  const reference = parseReference(word);
  if (reference !== undefined) {
    scope.reference(reference, node.at);
    return word;
  }
  if (groups.some((group) => valueOfName(group, word) !== undefined)) return word;
  const [group] = groups;
  if (group === undefined) {
    const hint = scope.answers.has(word) ? `did you mean '$${word}'?` : undefined;
    problems.add(node.at, `${describe(node)} is not a number`, hint);
  } else {
    const known = groups.flatMap((g) => {
      const names = Object.keys(g.members);
      return word.startsWith(g.prefix) ? names.map((name) => g.prefix + name) : names;
    });
    problems.add(node.at, `unknown ${group.what} ${describe(node)}`, suggestion(word, known));
  }
  return 0;
}

/** Parses an integer of at most `bits` bits. */
export function readInteger(node: Node, { problems }: Reading, bits = 64): number | bigint {
  const value = node.kind === "scalar" ? node.value : null;
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (!whole || (node.kind === "scalar" && /[.e]/i.test(decimalPart(node.source)))) {
    problems.add(node.at, `${describe(node)} is not an integer`);
    return 0;
  }
  if (node.kind === "scalar" && /^[-+]?0\d/.test(node.source)) {
    problems.add(node.at, `'${node.source}' starts with 0`, "octal numbers are written 0o755");
  }
  const [low, high] = rangeOf(bits);
  const exact = BigInt(value as number | bigint);
  if (exact < low || exact > high) {
    problems.add(node.at, `${describe(node)} does not fit ${bits} bits`);
    return 0;
  }
  return value as number | bigint;
}

/** Whether a number has a fraction or exponent. In hex, `e` is a digit. */
function decimalPart(source: string): string {
  return /^[-+]?0[xo]/i.test(source) ? "" : source;
}

/** Parses text, in which `${name}` stands for an answer. */
export function readText(node: Node, { problems, scope }: Reading, what = "text"): string {
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    const plain = node.kind === "scalar" && node.value !== null;
    const hint = plain ? `write "${node.source}", in quotes` : undefined;
    problems.add(node.at, `${describe(node)} is not ${what}`, hint);
    return "";
  }
  if (node.value.includes("\0")) {
    problems.add(node.at, "text with a NUL inside ends there", "write { hex: … }");
  }
  const pieces = parsePieces(node.value);
  if ("bad" in pieces) {
    problems.add(node.at, `'${pieces.bad}' is not \${name}`, "a dollar sign is written $$");
    return "";
  }
  for (const piece of pieces) if (typeof piece !== "string") scope.reference(piece, node.at);
  return node.value;
}

/** Parses text without references. Reports anything else as a problem and returns "". */
export function readPlain(node: Node, { problems }: Pick<Reading, "problems">): string {
  if (node.kind === "scalar" && node.value !== null && node.source !== "") return node.source;
  const empty = node.kind === "scalar" && node.value === "";
  problems.add(node.at, empty ? "the text is empty" : `${describe(node)} is not text`);
  return "";
}

/** Parses a list of words, or a single word. */
export function readWords(node: Node, reading: Pick<Reading, "problems">): readonly string[] {
  if (node.kind === "list") return node.items.map((item) => readPlain(item, reading));
  return [readPlain(node, reading)];
}

/** Reports that a node is not what the format requires. */
export function wrong(node: Node, expected: string, { problems }: Pick<Reading, "problems">): null {
  problems.add(node.at, `${describe(node)} is not ${expected}`);
  return null;
}
