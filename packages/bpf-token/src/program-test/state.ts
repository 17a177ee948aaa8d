// SPDX-License-Identifier: MIT
import { type BpfMap, eventCodec, type Program } from "@bpf-token/loader";
import type { Value } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import {
  type Element,
  type Place,
  problemAt,
  type StateOf,
  type TestProblem,
} from "./file/file.js";
import type { ComparedState } from "./file/test-state.js";
import type { LoadedObject } from "./loaded-object.js";
import { mapNamed, programNamed, variableNamed } from "./names.js";
import { addressBytes } from "./packet/addresses.js";
import { counted, dotted, isList, isReversed, numberText, showValue } from "./value/show.js";
import {
  difference,
  differences,
  type Plain,
  sumOf,
  toValue,
  typeOf,
  ValueError,
  zeroOf,
} from "./values.js";

/** Sets elements of maps and variables. `place` follows what is set. */
export function setState(object: LoadedObject, { maps, variables }: StateOf, place: Place): void {
  for (const [name, elements] of maps) {
    place.at = elements;
    const map = object.map(name);
    for (const element of elements.value) setElement(object, map, element, place);
  }
  for (const [name, variable] of variables) {
    place.at = variable;
    const { constant, typeId, size } = variableNamed(object, name);
    if (constant)
      throw new ValueError(
        `${name} is constant; only 'variables' of the file or of loadForTest() set it`,
      );
    const type = typeOf(object.object.btf, typeId, size);
    object.variables.set(name, toValue(variable.value, type, name));
  }
}

function setElement(
  object: LoadedObject,
  map: BpfMap,
  { key, value: placed }: Element,
  place: Place,
): void {
  const { value } = placed;
  const { name, keyTypeId, keySize, valueTypeId, valueSize } = map.spec;
  const { btf } = object.object;
  const type = typeOf(btf, valueTypeId, valueSize);
  if (keySize === 0) {
    place.at = placed;
    map.push(toValue(value, type, name));
    return;
  }
  place.at = key;
  const at = toValue(key.value, typeOf(btf, keyTypeId, keySize), `${name}: the key`);
  if (value === null) map.delete(at);
  else {
    place.at = placed;
    const slot = slotOf(object, map, value)?.fd.fd;
    map.set(at, slot ?? toValue(value, type, `${name}[${showValue(at)}]`));
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
  for (const [name, count] of counts) {
    place.at = count;
    const { length } = object.map(name).readAll();
    if (length !== count.value)
      yield problemAt(count, `${name} has ${counted(length, "element")}, expected ${count.value}`);
  }
  for (const [name, elements] of maps) {
    place.at = elements;
    const map = object.map(name);
    for (const element of elements.value) {
      const text = elementProblem(object, map, element, place);
      if (text !== undefined) yield problemAt(place.at, text);
    }
  }
  for (const [name, variable] of variables) {
    place.at = variable;
    const { typeId, size } = variableNamed(object, name);
    toValue(variable.value, typeOf(object.object.btf, typeId, size), name);
    const text = difference(variable.value, object.variables.get(name), name);
    if (text !== undefined) yield problemAt(variable, text);
  }
}

function elementProblem(
  object: LoadedObject,
  map: BpfMap,
  { key: { value: key, ...keyAt }, value: placed }: Element,
  place: Place,
): string | undefined {
  place.at = keyAt;
  const { value } = placed;
  const { name, keyTypeId, keySize, valueTypeId, valueSize } = map.spec;
  const { btf } = object.object;
  const at = toValue(key, typeOf(btf, keyTypeId, keySize), `${name}: the key`);
  const found = map.get(at);
  const path = `${name}[${typeof key === "string" || typeof key === "number" ? key : showValue(at)}]`;
  if (found === undefined)
    return value === null
      ? undefined
      : `${path} does not exist; the map has ${keysText(map, key, at)}`;
  if (value === null) return `${path} is ${showValue(found)}, expected none`;
  place.at = placed;
  const slot = slotOf(object, map, value);
  if (slot !== undefined) return slotProblem(object, slot, found, path);
  const type = typeOf(btf, valueTypeId, valueSize);
  if (!isList(found) || isList(zeroOf(type))) toValue(value, type, path);
  else if (!isList(value)) return difference(value, sumOf(found), path);
  else for (const [cpu, one] of value.entries()) toValue(one, type, `${path}[${cpu}]`);
  return difference(value, found, path);
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

/** How many wrong members of one event are named. */
const MOST_MEMBERS = 8;

/** Compares the events of ring buffers, which this takes out. `place` follows what is compared. */
export function* eventProblems(
  object: LoadedObject,
  { events }: Pick<ComparedState, "events">,
  place: Place,
): Generator<TestProblem> {
  for (const [name, { value: expected, ...at }] of events) {
    place.at = at;
    const found = object.events(name, expected.type);
    const type = expected.type && eventCodec<Value>(object.object, expected.type);
    for (const [i, { value, ...at }] of expected.list.entries()) {
      const event = found[i];
      if (event === undefined) break;
      place.at = at;
      if (type) toValue(value, type, `${name}[${i}]`);
      const wrong = [...differences(value, event, `${name}[${i}]`)];
      for (const text of wrong.slice(0, MOST_MEMBERS)) yield problemAt(at, text);
      const others = counted(wrong.length - MOST_MEMBERS, "more wrong member");
      if (wrong.length > MOST_MEMBERS) yield problemAt(at, `${name}[${i}] has ${others}`);
    }
    if (found.length === expected.list.length) continue;
    const extra = found.slice(expected.list.length, expected.list.length + 3).map(showValue);
    const others = found.length - expected.list.length - extra.length;
    const rest = others > 0 ? `, and ${others} more` : "";
    const more = extra.length > 0 ? `; not expected: ${extra.join(", ")}${rest}` : "";
    const text = `${name} has ${counted(found.length, "event")}, expected ${expected.list.length}${more}`;
    yield problemAt(at, text);
  }
}
