// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes, isDelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { isNumber, numberOf } from "../mask-text.js";
import { unknownItem } from "../masks.js";
import { bitOf, delegationNames } from "../names.js";

/**
 * Parses a delegation, as `bpf-token exec --delegate` accepts it.
 *
 * @param texts - texts such as `cmds=map_create:prog_load,maps=array`. A name may have its prefix; a
 *   number is a mask.
 * @returns mount options with one value each, because a number in a list would replace the names before
 *   it (rule OP-08), and because the kernel's errno then belongs to one word.
 * @throws DelegationError for an unknown or misplaced word, with the nearest right one.
 * @example
 * ```ts
 * parseDelegateOptions(["cmds=map_create,maps=array:hash"]);
 * // ["delegate_cmds=map_create", "delegate_maps=array", "delegate_maps=hash"]
 * ```
 */
export function parseDelegateOptions(texts: readonly string[]): readonly string[] {
  const parts = texts.flatMap((text) => text.split(/[;,]/)).map((part) => part.trim());
  let last = "";
  const options = parts.flatMap((part) => {
    if (part === "") return [];
    const [word = "", value] = part.split(/=(.*)/s, 2);
    if (value === undefined) throw problem(withoutAxis(word, last));
    const name = axisOf(word);
    last = part;
    if (value === "") throw problem(`'${part}' has no value; remove it, or write '${name}=any'`);
    return value.split(":").map((item) => `delegate_${name}=${checkItem(name, item, part)}`);
  });
  if (options.length === 0)
    throw problem("--delegate is missing or empty; give e.g. cmds=map_create,maps=array");
  return options;
}

function problem(message: string): DelegationError {
  return new DelegationError(message);
}

/** Explains a part without `=`. The usual mistake is a comma in place of a colon. */
function withoutAxis(word: string, last: string): string {
  if (last === "") return `'${word}' has no axis; write one of ${axisList()} before it`;
  return `'${word}' has no axis; separate the names of one axis with ':', as in '${last}:${word}'`;
}

function axisList(): string {
  return axisNames.map((name) => `${name}=`).join(" ");
}

function axisOf(word: string): DelegationAxis {
  const name = word.replace(/^delegate_/, "");
  if (isDelegationAxis(name)) return name;
  const hint = nearest(name, axisNames);
  const guess = hint === undefined ? `known: ${axisList()}` : `did you mean '${hint}='?`;
  throw problem(`unknown axis '${word}='; ${guess}`);
}

/** Returns an item as the kernel accepts it: without prefix, because it refuses full names (OP-04). */
function checkItem(axis: DelegationAxis, item: string, part: string): string {
  if (item === "any" || delegationNames(axis).includes(item.toLowerCase())) return item;
  if (isNumber(item)) {
    numberOf(item);
    return item;
  }
  if (item === "") throw problem(`'${part}' has an empty name between two ':'`);
  if (bitOf(axis, item) === undefined) throw unknownItem(axis, item);
  return item.slice(delegationAxes[axis].prefix.length).toLowerCase();
}
