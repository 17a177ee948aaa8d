// SPDX-License-Identifier: MIT
import { Errno } from "@bpf-token/uapi";
import { type CallSpec, capabilityNames, type Param, paramOf } from "../language/calls.js";
import { commandOf } from "../language/commands.js";
import type { Args, Value } from "../language/model.js";
import { valueOfName } from "../language/names.js";
import type { Position } from "../language/problems.js";
import { suggestion } from "../language/suggestion.js";
import { readAttr, readPoke } from "./read-attr.js";
import { readBuffer, readChoice, readPointer } from "./read-buffer.js";
import { type Reading, readInteger, readNumber, readPlain, readText, wrong } from "./read-value.js";
import { describe, type Entry, type Node } from "./source.js";

/** Parses the arguments of a call: a mapping by name, or the value of the first argument. */
export function readArgs(node: Node, spec: CallSpec, at: Position, reading: Reading): Args {
  const entries = entriesOf(node, spec, reading);
  const args: Record<string, Value> = {};
  for (const param of spec.params) {
    const entry = entries.find(({ key }) => key === param.name);
    if (entry !== undefined) {
      const context = param.kind === "attr" ? commandOf(args.cmd) : undefined;
      args[param.name] = readParam(entry.value, param, context, reading);
    } else if (param.required) {
      reading.problems.add(at, `'${spec.name}' needs '${param.name}'`);
    }
  }
  if (spec.someOf?.every((name) => args[name] === undefined)) {
    reading.problems.add(at, `'${spec.name}' does nothing`, `give ${spec.someOf.join(", ")}`);
  }
  for (const { key, at: where } of entries) {
    if (paramOf(spec, key) !== undefined) continue;
    const known = spec.params.map((param) => param.name);
    const hint = known.length === 0 ? undefined : suggestion(key, known);
    reading.problems.add(where, `'${spec.name}' has no argument '${key}'`, hint);
  }
  return args;
}

function entriesOf(node: Node, spec: CallSpec, reading: Reading): readonly Entry[] {
  if (node.kind === "map") return node.entries;
  if (node.kind === "scalar" && node.value === null) return [];
  const [first, second] = spec.params;
  if (spec.name === "become" && first !== undefined && second !== undefined) {
    return [first, second].map((param) => ({ key: param.name, at: node.at, value: node }));
  }
  if (first !== undefined) return [{ key: first.name, at: node.at, value: node }];
  reading.problems.add(node.at, `'${spec.name}' takes no arguments`, `write '${spec.name}:'`);
  return [];
}

function readParam(
  node: Node,
  param: Param,
  cmd: ReturnType<typeof commandOf>,
  reading: Reading,
): Value {
  switch (param.kind) {
    case "number":
      return readNumber(node, param.groups, reading);
    case "pointer":
      return readPointer(node, reading);
    case "attr":
      return readAttr(node, cmd, reading);
    case "tail":
      return node.kind === "map" ? readBuffer(node, reading) : wrong(node, "a buffer", reading);
    case "poke":
      return readPoke(node, reading);
    case "task":
      return readTask(node, reading);
    case "new-task":
      return readNewTask(node, reading);
    case "word":
      return readChoice(node, param.words, param.name, reading);
    case "text":
      return readText(node, reading);
    case "ids":
      return readIdMap(node, reading);
    case "mask":
      return readMask(node, reading);
    case "names":
      return readCapabilities(node, reading);
    case "sets":
      return readSets(node, reading);
    case "answer":
      return readAnswer(node, reading);
  }
}

function readTask(node: Node, reading: Reading): string {
  const name = readPlain(node, reading);
  if (name !== "") reading.scope.task(name, node.at);
  return name;
}

function readNewTask(node: Node, reading: Reading): string {
  const name = readPlain(node, reading);
  if (name !== "") reading.scope.fork(name, node.at);
  return name;
}

/** The answer of a hook: the name of an errno, 0, or a positive number. */
function readAnswer(node: Node, reading: Reading): Value {
  if (node.kind !== "scalar" || typeof node.value === "string") {
    return readChoice(node, Object.keys(Errno), "errno", reading);
  }
  const value = readInteger(node, reading, 32);
  if (value >= 0) return value;
  return wrong(node, "0 or the name of an errno", reading);
}

/** Parses `[inside, outside, count]`, or a list of such extents. */
function readIdMap(node: Node, reading: Reading): Value {
  if (node.kind !== "list") return wrong(node, "an id map [inside, outside, count]", reading);
  if (node.items.some((item) => item.kind === "list")) {
    return node.items.map((item) => readExtent(item, reading));
  }
  return readExtent(node, reading);
}

function readExtent(node: Node, reading: Reading): Value {
  if (node.kind !== "list" || node.items.length !== 3) {
    return wrong(node, "an id map [inside, outside, count]", reading);
  }
  return node.items.map((item) => readNumber(item, [], reading));
}

/** Parses a delegate mask: text for the kernel, an integer, or a list of names and numbers of bits. */
function readMask(node: Node, reading: Reading): Value {
  if (node.kind === "list") return node.items.map((item) => maskItem(item, reading));
  if (node.kind === "scalar" && typeof node.value === "string") return readText(node, reading);
  const value = readInteger(node, reading);
  if (value < 0) reading.problems.add(node.at, `${describe(node)} is not a mask`);
  return value;
}

function maskItem(node: Node, reading: Reading): Value {
  if (node.kind === "scalar" && typeof node.value === "string") return readText(node, reading);
  const bit = readInteger(node, reading);
  if (bit >= 0 && bit < 64) return bit;
  reading.problems.add(node.at, `${describe(node)} is not a bit: they are numbered from 0 to 63`);
  return 0;
}

function readCapabilities(node: Node, reading: Reading): Value {
  if (node.kind === "scalar" && (node.value === "all" || node.value === "none")) return node.value;
  if (node.kind === "map") return wrong(node, "a list of capabilities, all or none", reading);
  const items = node.kind === "list" ? node.items : [node];
  return items.map((item) => {
    const word = readPlain(item, reading);
    const group = capabilityNames;
    if (group !== undefined && word !== "" && valueOfName(group, word) === undefined) {
      const hint = suggestion(word, Object.keys(group.members));
      reading.problems.add(item.at, `unknown capability '${word}'`, hint);
    }
    return word;
  });
}

const changes = ["drop", "raise", "only"];

function readSets(node: Node, reading: Reading): Value {
  if (node.kind !== "map") return wrong(node, "a mapping of drop, raise or only", reading);
  const sets: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    if (changes.includes(key)) sets[key] = readCapabilities(value, reading);
    else reading.problems.add(at, `unknown change '${key}'`, suggestion(key, changes));
  }
  return sets;
}
