// SPDX-License-Identifier: MIT
import {
  describe,
  type Entry,
  type MapNode,
  type Node,
  type Problems,
  suggestion,
} from "@bpf-token/scenario";
import type { Placed } from "./file.js";

/** The keys of a mapping with their values. */
export type Fields = ReadonlyMap<string, Node>;

/** Reads values of a YAML file. A value of another kind is a problem. */
export class FieldReader {
  protected readonly problems: Problems;

  constructor(problems: Problems) {
    this.problems = problems;
  }

  protected placed<T>(
    node: Node | undefined,
    what: string,
    read: (value: Node) => T,
  ): ReadonlyMap<string, Placed<T>> {
    if (node === undefined) return new Map();
    if (node.kind !== "map") {
      this.problems.add(node.at, `'${what}' is a mapping of names, not ${describe(node)}`);
      return new Map();
    }
    return new Map(node.entries.map(({ key, at, value }) => [key, { ...at, value: read(value) }]));
  }

  protected fields(node: Node, known: readonly string[], what: string): Fields {
    if (node.kind !== "map") {
      this.problems.add(node.at, `${what} is a mapping, not ${describe(node)}`);
      return new Map();
    }
    for (const { key, at } of (node as MapNode).entries as readonly Entry[]) {
      if (known.includes(key)) continue;
      this.problems.add(at, `${what} has no '${key}'`, suggestion(key, known));
    }
    return new Map(node.entries.map(({ key, value }) => [key, value]));
  }

  protected list(node: Node | undefined, what: string): readonly Node[] {
    if (node === undefined) return [];
    if (node.kind === "list") return node.items;
    this.problems.add(node.at, `'${what}' is a list, not ${describe(node)}`);
    return [];
  }

  protected text(node: Node | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    if (node.kind === "scalar" && node.value !== null) return String(node.source);
    this.problems.add(node.at, `'${what}' is a text, not ${describe(node)}`);
    return undefined;
  }

  protected texts(node: Node | undefined, what: string): readonly string[] | undefined {
    if (node === undefined) return undefined;
    return this.list(node, what).map((one) => this.text(one, what) ?? "");
  }

  protected number(
    node: Node | undefined,
    what: string,
    most: number,
    least = 0,
  ): number | undefined {
    if (node === undefined) return undefined;
    const value = node.kind === "scalar" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most)
      return value;
    const range = `a number from ${least} to ${most}`;
    this.problems.add(node.at, `'${what}' is ${range}, not ${describe(node)}`);
    return undefined;
  }
}
