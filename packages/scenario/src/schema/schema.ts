// SPDX-License-Identifier: MIT
import { Errno } from "@bpf-token/uapi";
import { fieldNames } from "../language/attr-fields.js";
import { type CallSpec, calls, type Param } from "../language/calls.js";
import { commandOf } from "../language/commands.js";
import { groups, type NameGroup } from "../language/names.js";
import { features } from "../language/release-range.js";
import { besideBpf } from "../text/read-step.js";
import * as parts from "./schema-parts.js";

/** A JSON Schema, or a part of one. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/**
 * The JSON Schema (draft 07) of scenario files, for editors. `schema/scenario.schema.json` holds the same
 * schema. The parser is stricter, because it resolves names and references.
 *
 * @example
 * ```ts
 * writeFileSync("scenario.schema.json", JSON.stringify(scenarioSchema));
 * ```
 */
export const scenarioSchema: { readonly [keyword: string]: unknown } = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "BPF token scenario",
  type: "object",
  required: ["name", "steps"],
  additionalProperties: false,
  properties: {
    name: { type: "string", description: "The name, on one line; traces contain it." },
    about: { type: "string", description: "What the scenario shows." },
    rules: parts.listOf({ type: "string", pattern: "^[A-Z]{2}-[0-9]{2}[a-z]?$" }),
    needs: parts.ref("needs"),
    sysctl: {
      type: "object",
      additionalProperties: false,
      properties: { "kernel.unprivileged_bpf_disabled": { enum: [0, 1, 2] } },
    },
    backends: parts.listOf({ type: "string" }),
    tasks: {
      description: "Names of tasks, with descriptions; the first task exists from the start.",
      anyOf: [
        { type: "array", items: parts.name, minItems: 1 },
        {
          type: "object",
          propertyNames: parts.name,
          additionalProperties: { type: ["string", "null"] },
        },
      ],
    },
    steps: { type: "array", items: parts.ref("step") },
  },
  definitions: {
    step: stepSchema(),
    ...parts.definitions(features),
    errno: { enum: Object.keys(Errno) },
    ...Object.fromEntries(
      Object.entries(groups).map(([key, group]) => [`names_${key}`, namesSchema(group)]),
    ),
  },
};

function stepSchema(): JsonSchema {
  const common = {
    by: { ...parts.name, description: "The task that makes the call; default: the first task." },
    as: { ...parts.name, description: "The name of the answer." },
    say: { type: "string", description: "A description for readers: who does what, and why." },
    expect: parts.ref("expectation"),
    needs: parts.ref("needs"),
    attr: parts.ref("attr"),
    size: parts.ref("number"),
    tail: parts.ref("buffer"),
    poke: parts.ref("poke"),
    common: parts.ref("pointer"),
    common_size: parts.ref("number"),
  };
  const specs = [...calls.values()];
  return {
    type: "object",
    minProperties: 1,
    additionalProperties: false,
    properties: {
      ...common,
      ...Object.fromEntries(specs.map((spec) => [spec.name, callSchema(spec)])),
    },
    oneOf: specs.map((spec) => ({ required: [spec.name] })),
    dependencies: Object.fromEntries(besideBpf.map((key) => [key, ["bpf"]])),
    allOf: commandSchemas(),
  };
}

/** The fields of the attribute of each command. */
function commandSchemas(): readonly JsonSchema[] {
  const commands = Object.keys(groups.bpf_cmd?.members ?? {});
  return commands.flatMap((name) => {
    const cmd = commandOf(name);
    if (cmd === undefined || cmd !== name) return [];
    const fields = Object.fromEntries(fieldNames(cmd).map((field) => [field, {}]));
    const known = { properties: fields, additionalProperties: false };
    const attr = when({ type: "object", not: parts.ref("rawBuffer") }, known);
    const here = { bpf: { enum: [name, `BPF_${name}`] } };
    return [when({ properties: here, required: ["bpf", "attr"] }, { properties: { attr } })];
  });
}

/** A schema that applies if a condition holds. */
function when(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { if: condition, then: consequence };
}

function callSchema(spec: CallSpec): JsonSchema {
  const [first] = spec.params;
  const args: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(spec.params.map((p) => [p.name, paramSchema(p)])),
    required: spec.params.filter((param) => param.required).map((param) => param.name),
  };
  const forms: JsonSchema[] = [args];
  if (first === undefined || !spec.params.some((param) => param.required)) {
    forms.push({ type: "null" });
  }
  if (first !== undefined) forms.push({ not: { type: "object" }, ...asObject(paramSchema(first)) });
  return {
    ...(spec.entry === undefined ? {} : { description: spec.entry.what }),
    anyOf: forms,
  };
}

function asObject(schema: JsonSchema): { readonly [keyword: string]: unknown } {
  return typeof schema === "boolean" ? {} : { allOf: [schema] };
}

function paramSchema(param: Param): JsonSchema {
  switch (param.kind) {
    case "number":
      return numberSchema(param.groups);
    case "pointer":
      return parts.ref("pointer");
    case "attr":
    case "poke":
      return parts.ref(param.kind);
    case "tail":
      return parts.ref("buffer");
    case "task":
    case "new-task":
      return parts.name;
    case "word":
      return { enum: param.words };
    case "text":
      return { type: "string" };
    default:
      return parts.ref(param.kind);
  }
}

function numberSchema(names: readonly NameGroup[]): JsonSchema {
  const keys = Object.keys(groups).filter((key) => names.some((group) => group === groups[key]));
  const one = [parts.ref("number"), ...keys.map((key) => parts.ref(`names_${key}`))];
  return { anyOf: [...one, { type: "array", items: { anyOf: one } }] };
}

function namesSchema(group: NameGroup): JsonSchema {
  const names = Object.keys(group.members);
  return { enum: [...names, ...names.map((name) => group.prefix + name)] };
}
