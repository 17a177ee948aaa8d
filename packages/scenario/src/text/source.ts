// SPDX-License-Identifier: MIT
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar } from "yaml";
import type { Position, Problems } from "../language/problems.js";
import { suggestion } from "../language/suggestion.js";

/** A text, number, boolean or null, with its position. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: Position;
  /** The value; integers beyond 2^53 are bigints. */
  readonly value: string | number | bigint | boolean | null;
  /** The source text, without quotes. */
  readonly source: string;
}

/** A list, with its position. */
export interface ListNode {
  readonly kind: "list";
  readonly at: Position;
  readonly items: readonly Node[];
}

/** One `key: value` of a mapping. */
export interface Entry {
  readonly key: string;
  readonly at: Position;
  readonly value: Node;
}

/** A mapping with unique text keys. */
export interface MapNode {
  readonly kind: "map";
  readonly at: Position;
  readonly entries: readonly Entry[];
}

/** A node of a scenario file. Aliases are already replaced by their anchors. */
export type Node = ScalarNode | ListNode | MapNode;

/** Limits against hostile files. */
export interface SourceLimits {
  /** Of the text. */
  readonly characters: number;
  /** Values and keys, with each alias counted as what it stands for. */
  readonly nodes: number;
  /** Lists and mappings in each other. */
  readonly depth: number;
}

/** Real scenarios stay far below them. */
export const limits: SourceLimits = {
  characters: 1 << 20,
  nodes: 50_000,
  depth: 32,
};

/** What a file of YAML is, for {@link readSource}. */
export interface SourceKind {
  /** The name of such a file in problems: `scenario`. */
  readonly name: string;
  /** What an empty file lacks. */
  readonly needs: string;
  readonly limits: SourceLimits;
}

const scenarioKind: SourceKind = {
  name: "scenario",
  needs: "a scenario needs at least 'name' and 'steps'",
  limits,
};

/**
 * Parses YAML to nodes with their positions.
 *
 * @example
 * ```ts
 * const problems = new Problems();
 * const root = readSource("object: a.bpf.o", problems);
 * for (const problem of problems.sorted()) console.error(formatProblem(problem, "a.yaml"));
 * ```
 * @returns undefined if there is no document; `problems` then has the reason.
 */
export function readSource(
  text: string,
  problems: Problems,
  kind: SourceKind = scenarioKind,
): Node | undefined {
  const start = { line: 1, column: 1 };
  if (text.length > kind.limits.characters) {
    problems.add(start, `the text is longer than ${kind.limits.characters} characters`);
    return undefined;
  }
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? start : { line, column: col };
  };
  const document = parseDocument(text, {
    intAsBigInt: true,
    lineCounter: lines,
    // Log level "silent" would also hide the error about a second document.
    logLevel: "error",
    prettyErrors: false,
    uniqueKeys: false,
    version: "1.2",
  });
  for (const error of document.errors) {
    problems.add(place(error.pos[0]), ...explain(error.code, error.message, kind));
  }
  if (document.errors.length > 0) return undefined;
  if (document.contents === null) {
    problems.add(start, "the text is empty", kind.needs);
    return undefined;
  }
  return new Reader(place, problems, kind).node(document.contents, 0, start);
}

/** Replaces frequent messages of the YAML library by clearer ones. */
function explain(code: string, message: string, kind: SourceKind): [string, string?] {
  if (code === "TAB_AS_INDENT") return ["a tab cannot indent YAML", "use spaces"];
  if (code === "RESOURCE_EXHAUSTION") return [`nested deeper than ${kind.limits.depth} levels`];
  if (code === "MULTIPLE_DOCS")
    return [`a file holds one ${kind.name}`, "remove everything from '---'"];
  const line = (message.split("\n")[0] ?? message).replace(/\.$/, "");
  return [`not YAML: ${line.charAt(0).toLowerCase()}${line.slice(1)}`];
}

class Reader {
  readonly #place: (offset: number) => Position;
  readonly #problems: Problems;
  readonly #kind: SourceKind;
  #left: number;
  /** The node of each anchor so far. */
  readonly #anchors = new Map<string, unknown>();
  /** The anchored nodes that are being read. An alias to one of them would be endless. */
  readonly #open = new Set<unknown>();

  constructor(place: (offset: number) => Position, problems: Problems, kind: SourceKind) {
    this.#place = place;
    this.#problems = problems;
    this.#kind = kind;
    this.#left = kind.limits.nodes;
  }

  node(raw: unknown, depth: number, near: Position): Node {
    const at = this.#at(raw, near);
    const { nodes, depth: deepest } = this.#kind.limits;
    if (--this.#left < 0) {
      this.#problems.add(at, `more than ${nodes} values, after the expansion of aliases`);
      return nothing(at);
    }
    if (depth > deepest) {
      this.#problems.add(at, `nested deeper than ${deepest} levels`);
      return nothing(at);
    }
    if (isAlias(raw)) return this.#alias(raw.source, depth, at);
    const { tag, anchor } = (raw ?? {}) as { tag?: string; anchor?: string };
    if (tag !== undefined) {
      this.#problems.add(at, `${this.#kind.name}s have no tags: ${tag}`);
    }
    if (anchor !== undefined) this.#anchors.set(anchor, raw);
    this.#open.add(raw);
    const node = this.#content(raw, depth, at);
    this.#open.delete(raw);
    return node;
  }

  #content(raw: unknown, depth: number, at: Position): Node {
    if (isMap(raw)) return this.#map(raw.items, depth, at);
    if (isSeq(raw)) {
      const items = raw.items.map((item) => this.node(item, depth + 1, at));
      return { kind: "list", at, items };
    }
    return isScalar(raw) ? this.#scalar(raw, at) : nothing(at);
  }

  #alias(name: string, depth: number, at: Position): Node {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#problems.add(at, `unknown alias '*${name}'`, suggestion(name, this.#anchors.keys()));
    } else if (this.#open.has(target)) {
      this.#problems.add(at, `'*${name}' refers to a node that contains it`);
    } else return this.node(target, depth, at);
    return nothing(at);
  }

  #map(items: readonly { key: unknown; value: unknown }[], depth: number, at: Position): MapNode {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    for (const { key, value } of items) {
      const keyAt = this.#at(key, at);
      if (this.#left < 0) break;
      if (!isScalar(key)) {
        this.#problems.add(keyAt, "a key must be a word");
        continue;
      }
      const name = key.source ?? String(key.value);
      if (seen.has(name)) this.#problems.add(keyAt, `'${name}' occurs twice`);
      seen.add(name);
      entries.push({ key: name, at: keyAt, value: this.node(value, depth + 1, keyAt) });
    }
    return { kind: "map", at, entries };
  }

  #scalar(raw: Scalar, at: Position): ScalarNode {
    const source = raw.source ?? "";
    const value = raw.value as ScalarNode["value"];
    const plain = raw.type === "PLAIN";
    if (typeof value === "bigint") {
      return { kind: "scalar", at, value: plainInteger(value), source };
    }
    return { kind: "scalar", at, value, source: plain ? source : String(value) };
  }

  #at(raw: unknown, near: Position): Position {
    const range = (raw as { range?: readonly number[] | null } | null)?.range;
    return range?.[0] === undefined ? near : this.#place(range[0]);
  }
}

/** Returns an integer as a number if that is exact, otherwise as a bigint. */
export function plainInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function nothing(at: Position): ScalarNode {
  return { kind: "scalar", at, value: null, source: "" };
}

/**
 * Describes a node for a message.
 *
 * @example
 * ```ts
 * problems.add(node.at, `a list is expected, not ${describe(node)}`);
 * ```
 */
export function describe(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a mapping";
  if (node.value === null) return "nothing";
  if (typeof node.value === "boolean") return `'${node.source}' (a boolean)`;
  const text = node.source.length > 40 ? `${node.source.slice(0, 40)}…` : node.source;
  return `'${text.replace(/\s+/g, " ")}'`;
}
