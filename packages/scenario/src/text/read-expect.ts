// SPDX-License-Identifier: MIT
import { checkTable, Errno, type ErrnoName } from "@bpf-token/uapi";
import type { CallSpec } from "../language/calls.js";
import type { Check, Expectation, Value } from "../language/model.js";
import { isReleaseText, readRelease } from "../language/release-range.js";
import { suggestion } from "../language/suggestion.js";
import { looksLikeBuffer, readBuffer } from "./read-buffer.js";
import {
  type Reading,
  readInteger,
  readNumber,
  readPlain,
  readText,
  readWords,
  wrong,
} from "./read-value.js";
import { type NamedAnswer, pointersOf } from "./scope.js";
import { describe, type Entry, type MapNode, type Node } from "./source.js";

/** A mutable check. */
type Draft = { -readonly [K in keyof Check]: Check[K] };

const keys = [
  ...["errno", "value", "check", "decisions"],
  ...["text", "contains", "lacks", "matches", "out"],
];

/**
 * Parses the expectation of a step.
 *
 * @returns undefined for plain success.
 */
export function readExpectation(
  node: Node,
  answer: NamedAnswer,
  reading: Reading,
): Expectation | undefined {
  const byRelease =
    node.kind === "map" && node.entries.length > 0 && node.entries.every((e) => isRelease(e.key));
  if (byRelease) {
    const releases: Record<string, Check> = {};
    for (const { key, at, value } of node.entries) {
      readRelease(key, at, reading);
      releases[key] = readCheck(value, answer, reading);
    }
    return { releases };
  }
  const check = readCheck(node, answer, reading);
  return Object.keys(check).length === 0 ? undefined : check;
}

function isRelease(key: string): boolean {
  return isReleaseText(key) || /^v?\d/.test(key);
}

function readCheck(node: Node, answer: NamedAnswer, reading: Reading): Check {
  if (node.kind === "map") return readMembers(node, answer, reading);
  if (node.kind === "list") {
    wrong(node, "an expectation: ok, an errno, a number or a mapping", reading);
    return {};
  }
  if (node.value === "ok") return {};
  const word = node.value;
  if (typeof word === "string" && !word.startsWith("$")) {
    const errno = readErrno(node, reading, ["ok"]);
    return errno === undefined ? {} : { errno };
  }
  return { value: readNumber(node, [], reading) };
}

function readErrno(
  node: Node,
  reading: Reading,
  more: readonly string[] = [],
): ErrnoName | undefined {
  const word = readPlain(node, reading);
  if (Object.hasOwn(Errno, word)) return word as ErrnoName;
  const hint = suggestion(word, [...Object.keys(Errno), ...more]);
  if (word !== "") reading.problems.add(node.at, `unknown errno ${describe(node)}`, hint);
  return undefined;
}

function readMembers(node: MapNode, answer: NamedAnswer, reading: Reading): Check {
  const check: Draft = {};
  for (const entry of node.entries) readMember(check, entry, answer, reading);
  if (check.errno !== undefined && check.value !== undefined) {
    reading.problems.add(node.at, "'errno' and 'value' exclude each other");
  }
  const texts = [check.text, check.contains, check.lacks, check.matches];
  if (texts.some((text) => text !== undefined) && answer.spec.text !== true) {
    reading.problems.add(node.at, `'${answer.spec.name}' reads no text`, "use read_file, or 'out'");
  }
  return check;
}

function readMember(check: Draft, entry: Entry, answer: NamedAnswer, reading: Reading): void {
  const { key, at, value: node } = entry;
  switch (key) {
    case "errno": {
      const errno = readErrno(node, reading);
      if (errno !== undefined) check.errno = errno;
      return;
    }
    case "value":
      check.value = readNumber(node, [], reading);
      return;
    case "check":
      check.check = readCheckId(node, reading);
      return;
    case "decisions":
      check.decisions = (node.kind === "list" ? node.items : [node]).map((item) =>
        readCheckId(item, reading),
      );
      return;
    case "text":
      check.text = readText(node, reading);
      return;
    case "contains":
    case "lacks":
      check[key] = readTexts(node, reading);
      return;
    case "matches":
      check.matches = readPatterns(node, reading);
      return;
    case "out":
      check.out = readOut(node, answer, reading);
      return;
    default:
      reading.problems.add(at, `unknown expectation '${key}'`, suggestion(key, keys));
  }
}

function readTexts(node: Node, reading: Reading): readonly string[] {
  return (node.kind === "list" ? node.items : [node]).map((item) => readText(item, reading));
}

function readCheckId(node: Node, reading: Reading): string {
  const id = readPlain(node, reading);
  const known = checkTable().map((check) => check.id as string);
  if (id !== "" && known.length > 0 && !known.includes(id)) {
    reading.problems.add(node.at, `unknown check '${id}'`, suggestion(id, known));
  }
  return id;
}

function readPatterns(node: Node, reading: Reading): readonly string[] {
  const patterns = readWords(node, reading);
  const items = node.kind === "list" ? node.items : [node];
  patterns.forEach((pattern, i) => {
    try {
      new RegExp(pattern, "m");
    } catch (error) {
      const at = items[i]?.at ?? node.at;
      reading.problems.add(at, `not a regular expression: ${(error as Error).message}`);
    }
  });
  return patterns;
}

function readOut(node: Node, answer: NamedAnswer, reading: Reading): Record<string, Value> {
  const out: Record<string, Value> = {};
  if (node.kind !== "map") {
    wrong(node, "a mapping of arguments", reading);
    return out;
  }
  const known = pointersOf(answer);
  for (const { key, at, value } of node.entries) {
    if (!known.includes(key)) {
      const what = `'${answer.spec.name}' has no memory '${key}'`;
      reading.problems.add(at, what, suggestion(key, known));
    } else if (value.kind !== "map") wrong(value, "a buffer or fields", reading);
    else if (looksLikeBuffer(value)) out[key] = readBuffer(value, reading);
    else out[key] = readOutFields(value, reading);
  }
  return out;
}

/** Parses fields of a structure. The runner checks their names, because only it knows the structure. */
function readOutFields(node: MapNode, reading: Reading): Value {
  const fields: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    if (!/^[a-z][a-z0-9_.]*$/.test(key))
      reading.problems.add(at, `'${key}' is not the name of a field`);
    else if (value.kind === "scalar" && typeof value.value === "string") {
      fields[key] = readText(value, reading);
    } else fields[key] = readInteger(value, reading);
  }
  return fields;
}

/** Returns the kind of answer of a call. */
export function answerOf(spec: CallSpec, cmd: NamedAnswer["cmd"]): NamedAnswer {
  return cmd === undefined ? { spec } : { spec, cmd };
}
