// SPDX-License-Identifier: MIT
// The maps and variables after a run, in short.
import type { Value } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { BPF_F, MapType } from "@bpf-token/uapi";
import type { TestObject } from "bpf-token/test";

/** A map, or the variables of a section. */
export interface MapView {
  readonly name: string;
  /** The elements as text; those of an array only if they are not zero. */
  readonly elements: readonly { readonly key: string; readonly value: string }[];
  /** How many more elements the map has. */
  readonly more: number;
  /** How many elements were read, if the map has more: {@link MapView.more} is then too low. */
  readonly stopped: number | undefined;
  /** The errno with which the kernel refused to read the map. */
  readonly refused: string | undefined;
}

/** How many elements of a map are shown, and how many are read to count them. */
const SHOWN = 16;
const READ = 10_000;
/** The longest text of a value, and the most parts of it. */
const CHARACTERS = 160;
const PARTS = 40;

type Pair = readonly [key: string, value: Value];

/** Reads the variables and maps that programs can write. */
export function mapViews(object: TestObject): readonly MapView[] {
  const own = [...object.collection.maps.values()].filter(
    ({ name, spec }) => (spec.flags & BPF_F.RDONLY_PROG) === 0 && !name.startsWith("."),
  );
  const variables = viewOf("variables", variablesOf(object));
  const maps = own.map(({ name, spec }) => viewOf(name, pairsOf(object, name, spec.type)));
  return variables.elements.length === 0 ? maps : [variables, ...maps];
}

function* variablesOf({ variables }: TestObject): Generator<Pair> {
  for (const { name, constant } of variables.specs)
    if (!constant) yield [name, variables.get(name) as Value];
}

function* pairsOf(object: TestObject, name: string, type: number): Generator<Pair> {
  const map = object.map<Value, Value>(name);
  if (type === MapType.RINGBUF) {
    for (const [i, record] of object.events(name).entries()) yield [`record ${i + 1}`, record];
  } else if (map.spec.keySize === 0) {
    for (let i = 1, value = map.pop(); value !== undefined; i++, value = map.pop())
      yield [`${i}`, value];
  } else {
    const isArray = type === MapType.ARRAY || type === MapType.PERCPU_ARRAY;
    // All are yielded, because each costs time; zeros are dropped later.
    for (const [key, value] of map) yield [shortText(key), isArray && isZero(value) ? "" : value];
  }
}

function viewOf(name: string, pairs: Iterable<Pair>): MapView {
  const elements: { key: string; value: string }[] = [];
  let [read, found] = [0, 0];
  try {
    for (const [key, value] of pairs) {
      if (read++ === READ) return view(name, elements, found, READ);
      if (value === "") continue;
      if (found++ < SHOWN) elements.push({ key, value: shortText(value) });
    }
    return view(name, elements, found);
  } catch (error) {
    if (!BpfError.is(error)) throw error;
    return { ...view(name, elements, found), refused: error.code };
  }
}

const view = (
  name: string,
  elements: MapView["elements"],
  found: number,
  stopped?: number,
): MapView => ({ name, elements, more: found - elements.length, stopped, refused: undefined });

function isZero(value: Value): boolean {
  return typeof value === "object" ? Object.values(value).every(isZero) : !value;
}

/** A value as one line, cut if it is long. */
function shortText(value: Value): string {
  const text = textOf(value);
  return text.length <= CHARACTERS ? text : `${text.slice(0, CHARACTERS)}…`;
}

function textOf(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) {
    const digits = Array.from(value.subarray(0, PARTS * 2), (byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    return digits.join(" ") + (value.length > digits.length ? " …" : "");
  }
  const isList = Array.isArray(value);
  const parts = Object.entries(value)
    .slice(0, PARTS)
    .map(([name, part]) => (isList ? textOf(part) : `${name}: ${textOf(part)}`));
  return isList ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
}
