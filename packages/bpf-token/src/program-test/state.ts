// SPDX-License-Identifier: MIT
import type { BpfMap, Program } from "@bpf-token/loader";
import type { Value } from "@bpf-token/object";
import { suggestion } from "@bpf-token/scenario";
import { MapType } from "@bpf-token/uapi";
import type { Element, Expected, Placed, StateOf } from "./file/file.js";
import type { LoadedObject } from "./loaded-object.js";
import { assertVariable, mapNamed, programNamed } from "./names.js";
import { addressBytes } from "./packet/addresses.js";
import {
  counted,
  difference,
  differences,
  dotted,
  fitValue,
  isList,
  isReversed,
  numberText,
  type Plain,
  shapeOf,
  showValue,
  sumOf,
  ValueError,
} from "./values.js";

/** Why a test failed. */
export interface TestProblem {
  readonly line: number;
  readonly text: string;
}

/** The place in a file of what a function works on, for the error that it throws. */
export interface Place {
  line: number;
}

/** The elements of maps and the values of variables in which a comparison looks for differences. */
export type ComparedState = Pick<Expected, "maps" | "variables" | "elements" | "events">;

/** Sets elements of maps and variables. `place` follows what is set. */
export function setState(object: LoadedObject, { maps, variables }: StateOf, place: Place): void {
  for (const [name, { line, value: elements }] of maps) {
    place.line = line;
    const map = object.map(name);
    for (const element of elements) {
      place.line = element.line;
      setElement(object, map, element);
    }
  }
  for (const [name, { line, value }] of variables) {
    place.line = line;
    assertVariable(object, name);
    if (object.variables.specs.some((one) => one.name === name && one.constant))
      throw new ValueError(
        `${name} is constant; only 'variables' of the file or of loadForTest() set it`,
      );
    object.variables.set(name, fitValue(value, object.variables.get(name), name));
  }
}

function setElement(object: LoadedObject, map: BpfMap, { key, value }: Element): void {
  const { name, keyTypeId, keySize, valueTypeId, valueSize } = map.spec;
  const { btf } = object.object;
  const values = shapeOf(btf, valueTypeId, valueSize);
  if (keySize === 0) {
    map.push(fitValue(value, values, name));
    return;
  }
  const at = fitValue(key, shapeOf(btf, keyTypeId, keySize), `${name}: the key`);
  if (value === null) map.delete(at);
  else {
    const slot = slotOf(object, map, value)?.fd.fd;
    map.set(at, slot ?? fitValue(value, values, `${name}[${showValue(at)}]`));
  }
}

/** The program that an element of a program array names. */
export function programOf(value: Plain): string | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  const { program } = value as Readonly<Record<string, Plain>>;
  return typeof program === "string" ? program : undefined;
}

/** `{ program: NAME }` and `{ map: NAME }` are elements of program arrays and of maps of maps. */
function slotOf(object: LoadedObject, map: BpfMap, value: Plain): BpfMap | Program | undefined {
  const isSlot = map.spec.type === MapType.PROG_ARRAY || map.spec.inner !== undefined;
  if (!isSlot || typeof value !== "object" || value === null || isList(value)) return undefined;
  const named = value as Readonly<Record<string, Plain>>;
  if (typeof named.program === "string") return programNamed(object, named.program);
  return typeof named.map === "string" ? mapNamed(object, named.map) : undefined;
}

/** Why a slot does not have a program or map: the kernel returns the id of what it has. */
function slotProblem(
  { collection }: LoadedObject,
  slot: BpfMap | Program,
  found: Value,
  path: string,
): string | undefined {
  const bytes = found instanceof Uint8Array ? found : Uint8Array.of();
  const id = bytes.length === 4 ? new DataView(bytes.slice().buffer).getUint32(0, true) : found;
  if (slot.info().id === id) return undefined;
  const isProgram = collection.programs.get(slot.name) === slot;
  const others = isProgram ? collection.programs : collection.maps;
  const is = [...others.values()].find((one) => one.info().id === id);
  return `${path} is ${is?.name ?? `another one, with the id ${id}`}, expected ${slot.name}`;
}

/** Compares maps and variables. `place` follows what is compared. */
export function* stateProblems(
  object: LoadedObject,
  { maps, variables, elements: counts }: Omit<ComparedState, "events">,
  place: Place,
): Generator<TestProblem> {
  for (const [name, { line, value }] of counts) {
    place.line = line;
    const { length } = object.map(name).readAll();
    if (length !== value)
      yield { line, text: `${name} has ${counted(length, "element")}, expected ${value}` };
  }
  for (const [name, { line, value: elements }] of maps) {
    place.line = line;
    const map = object.map(name);
    for (const element of elements) {
      place.line = element.line;
      const text = elementProblem(object, map, element);
      if (text !== undefined) yield { line: element.line, text };
    }
  }
  for (const [name, { line, value }] of variables) {
    place.line = line;
    assertVariable(object, name);
    const text = difference(value, object.variables.get(name), name);
    if (text !== undefined) yield { line, text };
  }
}

function elementProblem(
  object: LoadedObject,
  map: BpfMap,
  { key, value }: Element,
): string | undefined {
  const { name, keyTypeId, keySize } = map.spec;
  const at = fitValue(key, shapeOf(object.object.btf, keyTypeId, keySize), `${name}: the key`);
  const found = map.get(at);
  const path = `${name}[${typeof key === "string" || typeof key === "number" ? key : showValue(at)}]`;
  if (found === undefined)
    return value === null
      ? undefined
      : `${path} does not exist; the map has ${keysText(map, key, at)}`;
  if (value === null) return `${path} is ${showValue(found)}, expected none`;
  const slot = slotOf(object, map, value);
  if (slot !== undefined) return slotProblem(object, slot, found, path);
  const whole = isPerCpu(found, value) ? sumOf(found) : found;
  return difference(value, whole, path);
}

const SHOWN = 3;

/** The first keys, as the test writes its key. */
function keysText(map: BpfMap, wanted: Plain, at: Value): string {
  const isAddress = typeof wanted === "string" && addressBytes(wanted)?.length === 4;
  const isNumber = typeof wanted === "number";
  const text = (key: Value): string => {
    if (isAddress && typeof key === "number") return dotted(key);
    return isNumber && key instanceof Uint8Array ? numberText(key) : showValue(key);
  };
  const keys = map.readAll().map(([key]) => key);
  if (keys.length === 0) return "no elements";
  const other = keys.find((key) => isReversed(key, at));
  if (other !== undefined) return `${text(other)}: the same bytes in the other order`;
  const more = keys.length > SHOWN ? `, and ${keys.length - SHOWN} more` : "";
  return `${keys.slice(0, SHOWN).map(text).join(", ")}${more}`;
}

/** A value of a per-CPU map is a list; a test that writes no list means the sum. */
function isPerCpu(found: unknown, value: Plain): found is readonly never[] {
  return isList(found) && !isList(value);
}

/** How many wrong members of one event are named. */
const MOST_MEMBERS = 8;

/** Compares the events of ring buffers, which this takes out. `place` follows what is compared. */
export function* eventProblems(
  object: LoadedObject,
  { events }: Pick<ComparedState, "events">,
  place: Place,
): Generator<TestProblem> {
  for (const [name, { line, value: expected }] of events) {
    place.line = line;
    const found = object.events(name, expected.type);
    for (const [i, { line: at, value }] of expected.list.entries()) {
      const event = found[i];
      if (event === undefined) break;
      place.line = at;
      const wrong = [...differences(value, event, `${name}[${i}]`)];
      for (const text of wrong.slice(0, MOST_MEMBERS)) yield { line: at, text };
      const others = counted(wrong.length - MOST_MEMBERS, "more wrong member");
      if (wrong.length > MOST_MEMBERS) yield { line: at, text: `${name}[${i}] has ${others}` };
    }
    if (found.length === expected.list.length) continue;
    const extra = found.slice(expected.list.length, expected.list.length + 3).map(showValue);
    const others = found.length - expected.list.length - extra.length;
    const rest = others > 0 ? `, and ${others} more` : "";
    const more = extra.length > 0 ? `; not expected: ${extra.join(", ")}${rest}` : "";
    const text = `${name} has ${counted(found.length, "event")}, expected ${expected.list.length}${more}`;
    yield { line, text };
  }
}

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
      return { type, list: list.map((one) => ({ line: 0, value: one })) };
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
  return new Map(entries.map(([name, value]) => [name, { line: 0, value: convert(value) }]));
}

function elementsOf(elements: TestElements): readonly Element[] {
  if (isPairs(elements)) return elements.map(([key, value]) => ({ line: 0, key, value }));
  return Object.entries(elements).map(([key, value]) => ({ line: 0, key: keyOf(key), value }));
}

const isPairs = (elements: TestElements): elements is readonly (readonly [Plain, Plain])[] =>
  Array.isArray(elements);

/** Names of members are texts, also those that are numbers. */
export function keyOf(text: string): Plain {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
}
