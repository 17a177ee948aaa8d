// SPDX-License-Identifier: MIT
import { type BpfCmdName, type Field, newestRelease } from "@bpf-token/uapi";
import { fieldNames, groupsOfField, placeField } from "../language/attr-fields.js";
import type { Value } from "../language/model.js";
import { btfBlobs, programs } from "../language/named-blobs.js";
import { suggestion } from "../language/suggestion.js";
import { looksLikeBuffer, readBuffer, readChoice, readInsns, readPointer } from "./read-buffer.js";
import { type Reading, readInteger, readNumber, readText, wrong } from "./read-value.js";
import type { Node } from "./source.js";

/** Parses the attribute of a bpf() step: fields of the command, or raw memory. */
export function readAttr(node: Node, cmd: BpfCmdName | undefined, reading: Reading): Value {
  if (node.kind !== "map") {
    if (node.kind === "scalar" && node.value === null) return null;
    if (node.kind === "scalar" && node.value === "bad_address") return "bad_address";
    return wrong(node, "a mapping of fields, a buffer, null or bad_address", reading);
  }
  if (looksLikeBuffer(node)) return readBuffer(node, reading);
  if (cmd === undefined) {
    if (node.entries.length > 0) {
      const hint = "give its memory: attr: { zero: 16 }";
      reading.problems.add(node.at, "a command without a name has no known fields", hint);
    }
    return {};
  }
  const known = fieldNames(cmd);
  const fields: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    const field = placeField(cmd, key, newestRelease)?.field;
    if (field !== undefined) fields[key] = readField(value, cmd, field, reading);
    else reading.problems.add(at, `${cmd} has no field '${key}'`, suggestion(key, known));
  }
  return fields;
}

function readField(node: Node, cmd: BpfCmdName, field: Field, reading: Reading): Value {
  const { name, type, count, size } = field;
  if (type === "ptr") return readPointerField(node, name, reading);
  if (count !== undefined) return readArray(node, name, size, reading);
  return readNumber(node, groupsOfField(cmd, name), reading, size * 8);
}

function readPointerField(node: Node, name: string, reading: Reading): Value {
  const word = node.kind === "scalar" && typeof node.value === "string";
  if (name === "insns") {
    if (node.kind === "list") return readInsns(node, reading);
    if (word && node.value !== "bad_address") {
      return readChoice(node, Object.keys(programs), "program", reading);
    }
  }
  if (name === "btf" && word && node.value !== "bad_address") {
    return readChoice(node, Object.keys(btfBlobs), "BTF blob", reading);
  }
  return readPointer(node, reading);
}

function readArray(node: Node, name: string, size: number, reading: Reading): Value {
  if (node.kind === "map") return readBuffer(node, reading);
  const text = readText(node, reading);
  if (new TextEncoder().encode(text).length > size) {
    reading.problems.add(node.at, `'${name}' has ${size} bytes`);
  }
  return text;
}

/** Parses `poke`: bytes by offset. */
export function readPoke(node: Node, reading: Reading): Value {
  if (node.kind !== "map") return wrong(node, "a mapping of offset to byte", reading);
  const bytes: Record<string, Value> = {};
  for (const { key, at, value } of node.entries) {
    if (!/^\d{1,4}$/.test(key) || Number(key) >= 4096) {
      reading.problems.add(at, `'${key}' is not an offset from 0 to 4095`);
    } else bytes[String(Number(key))] = readInteger(value, reading, 8);
  }
  return bytes;
}
