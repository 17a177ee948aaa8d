// SPDX-License-Identifier: MIT
import { type StructName, structLayout } from "@bpf-token/uapi";
import { AssemblyError, instruction } from "../language/assembler.js";
import { forms, isBufferKey, isStructName, structNames } from "../language/buffers.js";
import type { Args, Value } from "../language/model.js";
import { btfBlobs, programs } from "../language/named-blobs.js";
import type { Position } from "../language/problems.js";
import { parseReference } from "../language/reference.js";
import { suggestion } from "../language/suggestion.js";
import { type Reading, readInteger, readNumber, readPlain, readText, wrong } from "./read-value.js";
import { describe, type MapNode, type Node } from "./source.js";

/** The maximum size of a buffer. No real scenario needs more. */
const LARGEST = 1 << 20;

/** Returns whether a mapping is a buffer rather than fields. */
export function looksLikeBuffer(node: MapNode): boolean {
  return node.entries.some((e) => isBufferKey(e.key));
}

/** Parses the value of a pointer. */
export function readPointer(node: Node, reading: Reading): Value {
  if (node.kind === "map") return readBuffer(node, reading);
  if (node.kind === "list") return wrong(node, "memory", reading);
  if (node.value === null) return null;
  if (typeof node.value !== "string") {
    const hint = `write "${node.source}" in quotes, null, or a buffer`;
    reading.problems.add(node.at, `${describe(node)} is a number where memory belongs`, hint);
    return null;
  }
  if (parseReference(node.value) !== undefined) {
    reading.problems.add(node.at, `${describe(node)} is a number where memory belongs`);
    return null;
  }
  return readText(node, reading);
}

/** Parses a buffer: a mapping in one of the forms of docs/scenario.md. */
export function readBuffer(node: MapNode, reading: Reading): Value {
  const form = node.entries.find((entry) => Object.hasOwn(forms, entry.key));
  if (form === undefined) {
    const [first] = node.entries;
    const hint = first === undefined ? undefined : suggestion(first.key, Object.keys(forms));
    const what = first === undefined ? "an empty mapping" : `'${first.key}'`;
    reading.problems.add(first?.at ?? node.at, `${what} is not a form of a buffer`, hint);
    return null;
  }
  const value: Record<string, Value> = { [form.key]: readForm(form.key, form.value, reading) };
  for (const { key, at, value: inner } of node.entries) {
    if (key === form.key) continue;
    if (forms[form.key]?.includes(key)) value[key] = readExtra(key, inner, form.value, reading);
    else reading.problems.add(at, `'${key}' cannot be combined with '${form.key}'`);
  }
  if (form.key === "repeat") checkRepeat(value, form.at, reading);
  return value;
}

function checkRepeat({ repeat, times }: Args, at: Position, { problems }: Reading): void {
  if (times === undefined) problems.add(at, "'repeat' needs 'times'");
  else if (String(repeat).length * Number(times) > LARGEST) {
    problems.add(at, `the repeated text is longer than ${LARGEST}`);
  }
}

function readForm(form: string, node: Node, reading: Reading): Value {
  switch (form) {
    case "zero":
      return readSize(node, reading);
    case "hex":
      return readHex(node, reading);
    case "text":
    case "repeat":
      return readText(node, reading);
    case "insns":
      return readInsns(node, reading);
    case "struct":
      return readChoice(node, structNames, "structure", reading);
    case "program":
      return readChoice(node, Object.keys(programs), "program", reading);
    case "btf":
      return readChoice(node, Object.keys(btfBlobs), "BTF blob", reading);
    default:
      return readNumbers(node, form === "bytes" ? 8 : Number(form.slice(1)), reading);
  }
}

function readExtra(key: string, node: Node, form: Node, reading: Reading): Value {
  if (key === "times") return readSize(node, reading);
  if (key === "at") return readPointersInside(node, form, reading);
  const struct = form.kind === "scalar" ? form.value : undefined;
  return isStructName(struct) ? readFields(node, struct, reading) : null;
}

/** Parses the pointers inside a buffer, by offset. */
function readPointersInside(node: Node, form: Node, reading: Reading): Value {
  if (node.kind !== "map") return wrong(node, "a mapping of offset to memory", reading);
  const digits = form.kind === "scalar" ? String(form.source).replace(/[^0-9a-f]/gi, "") : "";
  const size = digits.length / 2;
  const pointers: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    if (!/^\d{1,4}$/.test(key) || Number(key) + 8 > size) {
      reading.problems.add(at, `the buffer of ${size} bytes has no pointer at '${key}'`);
    } else pointers[String(Number(key))] = readPointer(value, reading);
  }
  return pointers;
}

function readSize(node: Node, reading: Reading): number {
  const size = Number(readInteger(node, reading));
  if (size >= 0 && size <= LARGEST) return size;
  reading.problems.add(node.at, `${describe(node)} is not a size from 0 to ${LARGEST}`);
  return 0;
}

function readHex(node: Node, reading: Reading): string {
  const text = node.kind === "scalar" && node.value === "" ? "" : readPlain(node, reading);
  const digits = text.replace(/\s+/g, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    reading.problems.add(node.at, `${describe(node)} is not bytes in hex`, "two digits per byte");
    return "";
  }
  return text;
}

function readNumbers(node: Node, bits: number, reading: Reading): Value {
  if (node.kind !== "list") return wrong(node, "a list of numbers", reading);
  return node.items.map((item) => readNumber(item, [], reading, bits));
}

/** Parses the fields of a structure: numbers, or buffers for arrays. */
export function readFields(node: Node, struct: StructName, reading: Reading): Value {
  if (node.kind !== "map") return wrong(node, "a mapping of fields", reading);
  const known = structLayout(struct).fields.map((field) => field.name);
  const fields: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    if (!known.includes(key)) {
      reading.problems.add(at, `${struct} has no field '${key}'`, suggestion(key, known));
    } else fields[key] = readFieldValue(value, struct, reading);
  }
  return fields;
}

function readFieldValue(node: Node, struct: StructName, reading: Reading): Value {
  if (node.kind === "scalar" && typeof node.value === "string") {
    if (parseReference(node.value) === undefined && !struct.startsWith("open")) {
      return readText(node, reading);
    }
  }
  if (node.kind === "map") return readBuffer(node, reading);
  return readNumber(node, [], reading);
}

/** Parses a program: a list of instructions. */
export function readInsns(node: Node, reading: Reading): Value {
  if (node.kind !== "list") return wrong(node, "a list of instructions", reading);
  return node.items.map((item) => {
    const line = readPlain(item, reading);
    try {
      instruction(line, (text) => {
        const reference = parseReference(text);
        if (reference === undefined) throw new AssemblyError(`'${text}' is not $name`);
        reading.scope.reference(reference, item.at);
        return 0;
      });
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      const { word, candidates } = error;
      const hint = word === undefined ? undefined : suggestion(word, candidates);
      reading.problems.add(item.at, error.message, hint);
    }
    return line;
  });
}

/** Parses one word out of a list of valid words. */
export function readChoice(
  node: Node,
  words: readonly string[],
  what: string,
  reading: Pick<Reading, "problems">,
): string {
  const word = readPlain(node, reading);
  if (words.includes(word) || word === "") return word;
  reading.problems.add(node.at, `unknown ${what} ${describe(node)}`, suggestion(word, words));
  return "";
}
