// SPDX-License-Identifier: MIT
import type { BpfMap, Program, VariableSpec } from "@bpf-token/loader";
import { nearest } from "@bpf-token/uapi";
import type { LoadedObject } from "./loaded-object.js";

/** An object may have thousands of maps. */
const MOST = 16;

/** Why a name is wrong, with the nearest name and the names that the object has, without those of the compiler. */
export function unknownText(
  what: "map" | "program" | "variable",
  name: string,
  names: readonly string[],
): string {
  const near = nearest(name, names);
  const own = names.filter((one) => !one.startsWith("."));
  const hint = near === undefined ? "" : ` did you mean '${near}'?`;
  const more = own.length > MOST ? `, and ${own.length - MOST} more` : "";
  const all = own.length === 0 ? "none" : `${own.slice(0, MOST).join(", ")}${more}`;
  return `the object has no ${what} '${name}';${hint} ${hint === "" ? "its" : "Its"} ${what}s: ${all}`;
}

/** The map of an object with this name. Throws RangeError if there is none. */
export function mapNamed({ collection }: Pick<LoadedObject, "collection">, name: string): BpfMap {
  assertKnown("map", name, [...collection.maps.keys()]);
  return collection.map(name);
}

/** The loaded program with this name. Throws RangeError if there is none. */
export function programNamed(
  { object, collection }: Pick<LoadedObject, "collection" | "object">,
  name: string,
): Program {
  assertKnown(
    "program",
    name,
    object.programs.map((one) => one.name),
  );
  return collection.program(name);
}

/** The variable of an object with this name. Throws RangeError if there is none. */
export function variableNamed(
  { variables: { specs } }: Pick<LoadedObject, "variables">,
  name: string,
): VariableSpec {
  assertKnown(
    "variable",
    name,
    specs.map((one) => one.name),
  );
  return specs.find((one) => one.name === name) as VariableSpec;
}

function assertKnown(
  what: "map" | "program" | "variable",
  name: string,
  names: readonly string[],
): void {
  if (!names.includes(name)) throw new RangeError(unknownText(what, name, names));
}
