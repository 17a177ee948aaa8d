// SPDX-License-Identifier: MIT

import { structNames } from "../language/buffers.js";
import { capabilityNames } from "../language/calls.js";
import { btfBlobs, programs } from "../language/named-blobs.js";
import type { JsonSchema } from "./schema.js";

/** Refers to a definition. */
export function ref(definition: string): { readonly $ref: string } {
  return { $ref: `#/definitions/${definition}` };
}

/** A list of items, or a single item. */
export function listOf(item: JsonSchema): JsonSchema {
  return { anyOf: [item, { type: "array", items: item }] };
}

/** The schema of names of tasks and answers. */
export const name: { readonly [keyword: string]: unknown } = {
  type: "string",
  pattern: "^[A-Za-z][A-Za-z0-9_]{0,63}$",
};

const text = { type: "string" };
const size = { type: "integer", minimum: 0, maximum: 1 << 20 };
const release = "^(v10-03|v10|v10-reviewed|[0-9]{1,4}\\.[0-9]{1,3})$";
const numbers = { type: "array", items: ref("number") };

/** The definitions that do not depend on the system call table. */
export function definitions(features: readonly string[]): Record<string, JsonSchema> {
  return {
    needs: {
      type: "object",
      additionalProperties: false,
      properties: {
        since: { type: ["string", "number"], description: "The first release, as text: 6.9." },
        until: { type: ["string", "number"], description: "The last release, as text." },
        features: listOf({ enum: features }),
        why: { type: "string", description: "Why it cannot run on other kernels." },
      },
    },
    number: {
      description: "An integer, or $name for an earlier answer.",
      anyOf: [{ type: "integer" }, { type: "string", pattern: "^\\$[A-Za-z]" }],
    },
    ...memory(),
    ...values(),
    ...expectations(),
  };
}

function memory(): Record<string, JsonSchema> {
  const raw = {
    zero: size,
    hex: { type: ["string", "integer", "number"] },
    bytes: numbers,
    u32: numbers,
    u64: numbers,
    text,
    repeat: text,
    struct: { enum: structNames },
  };
  return {
    buffer: {
      type: "object",
      additionalProperties: false,
      properties: {
        ...raw,
        times: size,
        at: {
          type: "object",
          propertyNames: { pattern: "^[0-9]{1,4}$" },
          additionalProperties: ref("pointer"),
        },
        fields: { type: "object" },
        insns: { type: "array", items: text },
        program: { enum: Object.keys(programs) },
        btf: { enum: Object.keys(btfBlobs) },
      },
    },
    rawBuffer: { anyOf: Object.keys(raw).map((key) => ({ required: [key] })) },
    pointer: { anyOf: [{ type: ["string", "null"] }, ref("buffer")] },
    attr: { type: ["object", "null", "string"] },
    poke: {
      type: "object",
      propertyNames: { pattern: "^[0-9]{1,4}$" },
      additionalProperties: { type: "integer", minimum: -128, maximum: 255 },
    },
  };
}

function values(): Record<string, JsonSchema> {
  const extent = { ...numbers, minItems: 3, maxItems: 3 };
  const item = { type: ["string", "integer"] };
  const caps = Object.keys(capabilityNames?.members ?? {});
  return {
    ids: { anyOf: [extent, { type: "array", items: extent }] },
    mask: listOf(item),
    names: listOf({ enum: [...caps, ...caps.map((cap) => `CAP_${cap}`), "all", "none"] }),
    answer: { anyOf: [ref("errno"), { type: "integer", minimum: 0 }] },
    sets: {
      type: "object",
      additionalProperties: false,
      properties: { drop: ref("names"), raise: ref("names"), only: ref("names") },
    },
  };
}

function expectations(): Record<string, JsonSchema> {
  return {
    check: {
      anyOf: [
        { const: "ok" },
        ref("errno"),
        ref("number"),
        {
          type: "object",
          additionalProperties: false,
          properties: {
            errno: ref("errno"),
            value: ref("number"),
            check: text,
            decisions: listOf(text),
            text,
            contains: listOf(text),
            lacks: listOf(text),
            matches: listOf(text),
            out: { type: "object", additionalProperties: { type: "object" } },
          },
        },
      ],
    },
    expectation: {
      anyOf: [
        ref("check"),
        {
          type: "object",
          minProperties: 1,
          propertyNames: { pattern: release },
          additionalProperties: ref("check"),
        },
      ],
    },
  };
}
