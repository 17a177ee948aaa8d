// SPDX-License-Identifier: MIT
// Derives hostile inputs from a regular expression: a start that it accepts, and one of its own pieces
// again and again.
import { RegExpParser } from "@eslint-community/regexpp";

/** Samples of one piece, and inputs of one expression: enough for the largest that we have. */
const SAMPLES = 8;
const MOST = 3000;
/** What is tried for a class, in this order. */
const MEMBERS = [..."a0 .:\"'/-_=,;(){}[]<>|*#@$\n\t\\Z!"];

/** What comes after: nothing, what no expression expects, and a little of everything. */
export const ends = ["\u0001", "", "\n\u0001", `\n${MEMBERS.join("")}\u0001\n`];

/** Parses an expression. */
export function parseRegex(source, flags) {
  const mode = { unicode: flags.includes("u"), unicodeSets: flags.includes("v") };
  return new RegExpParser().parsePattern(source, 0, source.length, mode);
}

/**
 * Returns what to repeat, and what comes before it.
 *
 * @param {import("@eslint-community/regexpp").AST.Pattern} pattern
 * @param {string} flags
 * @returns {{ start: string, pump: string }[]}
 */
export function pumpsOf(pattern, flags) {
  const sample = sampler(flags);
  const found = new Map();
  const add = (start, word) => {
    for (const pump of [word, `${word} `, `${word}\n`]) {
      if (word !== "" && found.size < MOST)
        found.set(JSON.stringify([start, pump]), { start, pump });
    }
  };
  const walk = (alternatives, start) => {
    for (const { elements } of alternatives) walkElements(elements, start);
  };
  const walkElements = (elements, start) => {
    const pieces = piecesOf(elements).map((piece) => ({ piece, samples: sample(piece) }));
    for (let first = 0; first < pieces.length; first++) {
      const before = `${start}${joined(pieces.slice(0, first))[0] ?? ""}`;
      for (let last = first + 1; last <= pieces.length; last++) {
        for (const word of joined(pieces.slice(first, last))) {
          add("", word);
          if (before !== "") add(before, word);
        }
      }
      const inner = innerOf(pieces[first].piece);
      if (inner !== undefined) walk(inner, before);
    }
  };
  walk(pattern.alternatives, "");
  return [...found.values()];
}

/** The alternatives inside of a piece. */
function innerOf(piece) {
  const node = piece.type === "Quantifier" ? piece.element : piece;
  return node.alternatives !== undefined && "elements" in (node.alternatives[0] ?? {})
    ? node.alternatives
    : undefined;
}

/** Elements, with neighbouring characters as one word. */
function piecesOf(elements) {
  const pieces = [];
  for (const element of elements) {
    const last = pieces.at(-1);
    if (element.type === "Character" && last?.type === "Word") {
      last.text += String.fromCodePoint(element.value);
    } else if (element.type === "Character") {
      pieces.push({ type: "Word", text: String.fromCodePoint(element.value) });
    } else pieces.push(element);
  }
  return pieces;
}

/** Joins the samples of pieces side by side: a product would be too many. */
function joined(pieces) {
  const count = Math.max(1, ...pieces.map(({ samples }) => samples.length));
  const texts = Array.from({ length: count }, (_, i) =>
    pieces.map(({ samples }) => samples[i % samples.length]).join(""),
  );
  return [...new Set(texts)];
}

function sampler(flags) {
  const ofAlternatives = (alternatives) => {
    const lists = alternatives.map(({ elements }) =>
      joined(piecesOf(elements).map((piece) => ({ samples: sample(piece) }))),
    );
    // The first of each alternative, then the second of each.
    const rounds = Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, i) =>
      lists.flatMap((list) => list.slice(i, i + 1)),
    );
    return [...new Set(rounds.flat())].slice(0, SAMPLES);
  };
  const sample = (node) => {
    switch (node.type) {
      case "Word":
        return [node.text];
      case "Character":
        return [String.fromCodePoint(node.value)];
      case "Group":
      case "CapturingGroup":
        return ofAlternatives(node.alternatives);
      case "Quantifier": {
        const times = Math.max(node.min, 1);
        const some = sample(node.element).map((text) => text.repeat(times));
        return node.min === 0 ? [...some, ""] : some;
      }
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass":
        return membersOf(node, flags);
      default:
        return [""]; // Assertions and back references: what they stand for is elsewhere.
    }
  };
  return sample;
}

function membersOf(node, flags) {
  const one = new RegExp(`^${node.raw}$`, flags.replace(/[gym]/g, ""));
  const ranges = (node.type === "CharacterClass" ? node.elements : []).flatMap((element) =>
    element.type === "Character" ? [element.value] : (element.min?.value ?? []),
  );
  const known = [...MEMBERS, ...ranges.map((code) => String.fromCodePoint(code))];
  const members = known.filter((text) => one.test(text));
  return members.length === 0 ? [""] : [...new Set(members)].slice(0, 3);
}
