// SPDX-License-Identifier: MIT
import type { Value } from "@bpf-token/object";
import type { MapContents } from "../../../verify/index.js";

/** A value as JSON has it: bytes are hexadecimal. */
type JsonValue = number | string | boolean | readonly JsonValue[] | { [name: string]: JsonValue };

/** A map in the report of `bpf-token test-run --json`. */
export interface MapReport extends Omit<MapContents, "elements"> {
  readonly elements: readonly { readonly key: JsonValue; readonly value: JsonValue }[] | null;
}

const WIDTH = 80;
const MOST_ELEMENTS = 16;

/** Converts the values of a map to JSON. */
export function mapReport(map: MapContents): MapReport {
  const elements =
    map.elements?.map(({ key, value }) => ({ key: toJson(key), value: toJson(value) })) ?? null;
  return { ...map, elements };
}

function toJson(value: Value): JsonValue {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}

/** Formats the maps that have elements, and those that cannot be read. */
export function mapLines(maps: readonly MapReport[]): readonly string[] {
  return maps.flatMap(({ name, type, elements, code }) => {
    if (elements === null) return [`  map ${name} (${type}): not readable: ${code}`];
    if (elements.length === 0) return [];
    // Only variables are in a map whose name begins with a dot: one element has all of a section.
    if (name.startsWith("."))
      return elements.map(({ value }) => fit(`  variables ${name}: ${format(value)}`));
    const count = `${elements.length} element${elements.length === 1 ? "" : "s"}`;
    const shown = elements.slice(0, MOST_ELEMENTS);
    const rest = elements.length - shown.length;
    return [
      `  map ${name} (${type}): ${count}`,
      ...shown.map(({ key, value }) => fit(`    ${format(key)}: ${format(value)}`)),
      ...(rest > 0 ? [`    and ${rest} more (--json has all)`] : []),
    ];
  });
}

const fit = (text: string): string =>
  text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;

function format(value: JsonValue): string {
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(format).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${format(part)}`)
    .join(", ")} }`;
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
