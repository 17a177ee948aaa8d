// SPDX-License-Identifier: MIT

import type { BpfCmdName } from "@bpf-token/uapi";
import { groupsOfField } from "../language/attr-fields.js";
import { structNames } from "../language/buffers.js";
import type { Param } from "../language/calls.js";
import type { Value } from "../language/model.js";
import { type NameGroup, nameOfValue, valueOfName } from "../language/names.js";
import type { ShownArg } from "../trace/trace.js";
import type { EncodedAttr } from "./encode-attr.js";
import type { Env } from "./env.js";
import { resolveNumber, resolveText } from "./resolve.js";

/** Formats a call: `fsopen("bpf", 0)`. */
export function renderCall(name: string, args: readonly ShownArg[]): string {
  return `${name}(${args.map((arg) => arg.text).join(", ")})`;
}

/** Formats an argument of a system call for readers. */
export function renderArg(param: Param, value: Value | undefined, env: Env): string {
  if (param.kind === "pointer") return renderPointer(value, env);
  return renderNumber(value, param.kind === "number" ? param.groups : [], env);
}

/** Formats a number: by the names of the scenario, by its own name, or in digits. */
export function renderNumber(
  value: Value | undefined,
  groups: readonly NameGroup[],
  env: Env,
): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "0";
    return (value as readonly Value[]).map((item) => renderNumber(item, groups, env)).join("|");
  }
  if (typeof value === "string") {
    const group = groups.find((g) => valueOfName(g, value) !== undefined);
    if (group !== undefined) {
      return value.startsWith(group.prefix) ? value : group.prefix + value;
    }
  }
  const number = resolveNumber(value, groups, env);
  const [group] = groups;
  const named = group?.what.endsWith("flag") === false ? nameOfValue(group, number) : undefined;
  return named ?? digits(number);
}

/** Formats small numbers in decimal, masks in hex. */
export function digits(value: number | bigint): string {
  return value > 0xffff ? `0x${value.toString(16)}` : value.toString();
}

/** Formats the memory of a pointer in a few words. */
export function renderPointer(value: Value | undefined, env: Env): string {
  if (value === undefined || value === null) return "NULL";
  if (value === "bad_address") return "BAD_ADDRESS";
  if (typeof value === "string") return quote(resolveText(value, env));
  if (Array.isArray(value)) return `[${value.length} instructions]`;
  const [form = "", content = null] = Object.entries(value as Record<string, Value>)[0] ?? [];
  switch (form) {
    case "zero":
      return `[${String(content)} zero bytes]`;
    case "struct":
      return structNames.some((name) => name === content) ? `{struct ${String(content)}}` : "{}";
    case "text":
      return `${quote(resolveText(String(content), env))} without NUL`;
    case "repeat":
      return `${quote(String(content))} × ${String((value as Record<string, Value>).times)}`;
    case "hex":
      return `[${String(content).slice(0, 40)}]`;
    case "program":
    case "btf":
      return String(content);
    case "insns":
      return `[${(content as readonly Value[]).length} instructions]`;
    default:
      return `[${(content as readonly Value[]).map((v) => renderNumber(v, [], env)).join(", ")}]`;
  }
}

/** Formats the attribute of bpf(), with the given and the filled-in fields. */
export function renderAttr(
  attr: Value | undefined,
  made: EncodedAttr,
  cmd: BpfCmdName | undefined,
  env: Env,
): ShownArg {
  if (made.fields === undefined) {
    const fields = rawFields(made, cmd);
    const text = renderPointer(attr, env);
    return fields === undefined ? { name: "attr", text } : { name: "attr", text, fields };
  }
  const fields = Object.entries(made.fields).map(([name, value]): ShownArg => {
    const pointer = made.memory.has(name) || value === null || value === "bad_address";
    const ready = (name === "insns" || name === "btf") && typeof value === "string";
    const text = ready
      ? value
      : pointer || isText(name, value, cmd)
        ? renderPointer(value, env)
        : renderNumber(value, groupsOfField(cmd ?? "", name), env);
    return { name, text };
  });
  const text = `{${fields.map((field) => `${field.name}: ${field.text}`).join(", ")}}`;
  return { name: "attr", text, fields };
}

/** Returns the numeric fields of an attribute that the scenario gives as bytes. */
function rawFields(
  { memory }: EncodedAttr,
  cmd: BpfCmdName | undefined,
): readonly ShownArg[] | undefined {
  const { bytes, layout } = memory.get("attr") ?? {};
  if (cmd === undefined || bytes === undefined || layout === undefined) return undefined;
  return Object.entries(layout.decode(bytes)).flatMap(([name, value]) => {
    if (typeof value !== "number" || value === 0) return [];
    const [group] = groupsOfField(cmd, name);
    const named = group?.what.endsWith("flag") === false ? nameOfValue(group, value) : undefined;
    return [{ name, text: named ?? digits(value) }];
  });
}

/** Returns whether a string is text, such as a license or a path, and not a name or a reference. */
function isText(name: string, value: Value, cmd: BpfCmdName | undefined): boolean {
  if (typeof value !== "string" || value.startsWith("$")) return false;
  return !groupsOfField(cmd ?? "", name).some((group) => valueOfName(group, value) !== undefined);
}

const LONGEST = 80;

/** Quotes text on one line; shortens long text. */
export function quote(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(shown);
}
