// SPDX-License-Identifier: MIT
// The state of an object in TypeScript, as a file of tests has it.
import { suggestion } from "@bpf-token/scenario";
import { type Plain, ValueError } from "../values.js";
import { type Element, type Expected, nowhere, type Placed, type StateOf } from "./file.js";

/** The elements of maps and the values of variables in which a comparison looks for differences. */
export type ComparedState = Pick<Expected, "maps" | "variables" | "elements" | "events">;

/** Elements of a map: `{ KEY: VALUE }`, or `[[KEY, VALUE]]` for keys that are structs. */
export type TestElements =
  | { readonly [key: string]: Plain }
  | readonly (readonly [key: Plain, value: Plain])[];

/**
 * Elements of maps and values of variables, as in a file of tests: addresses and `htons(53)` are texts,
 * `{ program: NAME }` is an element of a program array, and null is an element that does not exist.
 */
export interface TestState {
  readonly maps?: { readonly [name: string]: TestElements };
  readonly variables?: { readonly [name: string]: Plain };
}

/** What maps, variables and ring buffers must contain. Members that are not named are not compared. */
export interface ExpectedState extends TestState {
  /** How many elements maps have. */
  readonly elements?: { readonly [name: string]: number };
  /** All records of ring buffers, in order: values of the struct `type`, or bytes. */
  readonly events?: {
    readonly [name: string]:
      | readonly Plain[]
      | { readonly type: string; readonly list: readonly Plain[] };
  };
}

const KEYS = ["maps", "variables", "elements", "events"];

/** Converts what JavaScript sets to the form that a file has. */
export function stateOf({ maps, variables, ...others }: TestState): StateOf {
  assertKnown(others, KEYS.slice(0, 2));
  return { maps: placed(maps, elementsOf), variables: placed(variables, (value) => value) };
}

/** Converts what JavaScript compares to the form that a file has. */
export function expectedOf(state: ExpectedState): ComparedState {
  const { elements, events, ...set } = state;
  const { maps, variables, ...others } = set;
  assertKnown(others, KEYS);
  return {
    ...stateOf({ ...(maps && { maps }), ...(variables && { variables }) }),
    elements: placed(elements, (count) => count),
    events: placed(events, (value) => {
      const { type, list } = "list" in value ? value : { type: undefined, list: value };
      return { type, list: list.map(unplaced) };
    }),
  };
}

function assertKnown(others: object, names: readonly string[]): void {
  const [unknown] = Object.keys(others);
  if (unknown === undefined) return;
  const hint = suggestion(unknown, names) ?? `known: ${names.join(", ")}`;
  throw new ValueError(`a state has no '${unknown}'; ${hint}`);
}

function placed<T, U>(
  values: { readonly [name: string]: T } | undefined,
  convert: (value: T) => U,
): ReadonlyMap<string, Placed<U>> {
  const entries = Object.entries(values ?? {});
  return new Map(entries.map(([name, value]) => [name, unplaced(convert(value))]));
}

function elementsOf(elements: TestElements): readonly Element[] {
  const pairs = isPairs(elements)
    ? elements
    : Object.entries(elements).map(([key, value]) => [keyOf(key), value] as const);
  return pairs.map(([key, value]) => ({ key: unplaced(key), value: unplaced(value) }));
}

const unplaced = <T>(value: T): Placed<T> => ({ ...nowhere, value });

const isPairs = (elements: TestElements): elements is readonly (readonly [Plain, Plain])[] =>
  Array.isArray(elements);

/** Names of members are texts, also those that are numbers. */
export function keyOf(text: string): Plain {
  if (!/^(0|[1-9]\d{0,19})$/.test(text)) return text;
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}
