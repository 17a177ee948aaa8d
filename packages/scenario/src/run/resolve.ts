// SPDX-License-Identifier: MIT

import type { Value } from "../language/model.js";
import { type NameGroup, valueOfName } from "../language/names.js";
import { parsePieces, parseReference } from "../language/reference.js";
import type { Env } from "./env.js";

/**
 * Returns the number of a value.
 *
 * @throws TypeError if the value is not a number, which the parser rejects; only programs can cause this.
 * @throws Blocked if the value needs an answer that does not exist.
 */
export function resolveNumber(
  value: Value | undefined,
  groups: readonly NameGroup[],
  env: Env,
): number | bigint {
  if (value === undefined) return 0;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "string") return resolveWord(value, groups, env);
  if (Array.isArray(value)) {
    const all = (value as readonly Value[]).map((item) => BigInt(resolveNumber(item, groups, env)));
    const sum = all.reduce((a, b) => a | b, 0n);
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
  }
  throw new TypeError("expected a number");
}

function resolveWord(word: string, groups: readonly NameGroup[], env: Env): number | bigint {
  const reference = parseReference(word);
  if (reference !== undefined) return env.valueOf(reference);
  for (const group of groups) {
    const value = valueOfName(group, word);
    if (value !== undefined) return value;
  }
  throw new TypeError(`'${word}' is not a number`);
}

/** Replaces the references in a string by their values. */
export function resolveText(text: string, env: Env): string {
  if (!text.includes("$")) return text;
  const pieces = parsePieces(text);
  if ("bad" in pieces) throw new TypeError(`'${pieces.bad}' is not \${name}`);
  return pieces.map((p) => (typeof p === "string" ? p : String(env.valueOf(p)))).join("");
}

/** Escapes text so that {@link resolveText} returns it unchanged. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** Truncates a number to a width, as a C integer of that width does. */
export function cut(value: number | bigint, bits: number, signed: boolean): number | bigint {
  // A number that fits with either sign needs no bigint.
  if (Number.isInteger(value) && value >= 0 && value < 2 ** Math.min(bits - 1, 53)) return value;
  const exact = BigInt(value);
  const held = signed ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact);
  return Number.isSafeInteger(Number(held)) ? Number(held) : held;
}
