// SPDX-License-Identifier: MIT

import type { Value } from "../language/model.js";
import { type NameGroup, valueOfName } from "../language/names.js";
import { parsePieces, parseReference } from "../language/reference.js";
import type { Env } from "./env.js";

/**
 * The number that a value stands for.
 *
 * @throws TypeError for what is no number: only scenarios made by programs get that far.
 * @throws Blocked if it needs an answer that is not there.
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
  throw new TypeError("a number is needed");
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

/** The text that a string stands for, with the answers in their places. */
export function resolveText(text: string, env: Env): string {
  if (!text.includes("$")) return text;
  const pieces = parsePieces(text);
  if ("bad" in pieces) throw new TypeError(`'${pieces.bad}' is not \${name}`);
  return pieces.map((p) => (typeof p === "string" ? p : String(env.valueOf(p)))).join("");
}

/** Text that {@link resolveText} gives back unchanged. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** A number cut to a width, as the kernel's type of that width holds it. */
export function cut(value: number | bigint, bits: number, signed: boolean): number | bigint {
  // What fits whatever the sign needs no bigint.
  if (Number.isInteger(value) && value >= 0 && value < 2 ** Math.min(bits - 1, 53)) return value;
  const exact = BigInt(value);
  const held = signed ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact);
  return Number.isSafeInteger(Number(held)) ? Number(held) : held;
}
