// SPDX-License-Identifier: MIT
// The state of the page as the part of its address after "#".
import { dialects } from "@bpf-token/delegation";
import { formatFields, parseFields } from "./fields.js";
import {
  actions,
  attachTypeNames,
  axisNames,
  capabilities,
  creators,
  defaultState,
  fdKinds,
  lsmAnswers,
  mapTypeNames,
  places,
  progTypeNames,
  releases,
  sides,
  sysctls,
  type TryState,
} from "./try-state.js";

/** The longest text of a mask in a link. The kernel accepts 255 characters. */
export const MASK_LIMIT = 400;

const choices = {
  release: releases,
  place: places,
  owner: sides,
  delegator: sides,
  fd: fdKinds,
  creator: creators,
  sysctl: sysctls,
  lsm: lsmAnswers,
  action: actions,
  map: mapTypeNames,
  prog: progTypeNames,
  attach: attachTypeNames,
  dialect: dialects,
} as const satisfies { readonly [key in keyof TryState]?: readonly TryState[key][] };

const switches = ["token", "flag"] as const;

/**
 * Formats a state as a hash. Every field is written, so that a link keeps its meaning if a default
 * changes.
 *
 * @example
 * ```ts
 * location.hash = formatTry(state);
 * ```
 */
export function formatTry(state: TryState): string {
  const fields: (readonly [string, string])[] = [
    ...Object.keys(choices).map(
      (key) => [key, String(state[key as keyof typeof choices])] as const,
    ),
    ...axisNames.map((axis) => [axis, state.masks[axis]] as const),
    ["caps", state.caps.join(":")],
    ...switches.map((key) => [key, state[key] ? "1" : "0"] as const),
  ];
  return formatFields(fields);
}

/**
 * Parses a hash. A field that is missing or not valid has its default.
 *
 * @example
 * ```ts
 * parseTry("release=6.12&maps=hash").release; // "6.12"
 * ```
 */
export function parseTry(hash: string): TryState {
  const fields = parseFields(hash);
  const chosen = Object.entries(choices).flatMap(([key, values]) => {
    const value = fields.get(key);
    return (values as readonly string[]).includes(value ?? "") ? [[key, value]] : [];
  });
  const on = switches.flatMap((key) => {
    const value = fields.get(key);
    return value === "0" || value === "1" ? [[key, value === "1"]] : [];
  });
  const masks = axisNames.map((axis) => {
    const text = fields.get(axis);
    return [axis, text !== undefined && isMaskText(text) ? text : defaultState.masks[axis]];
  });
  const caps = fields.get("caps")?.split(":");
  return {
    ...defaultState,
    ...Object.fromEntries([...chosen, ...on]),
    masks: Object.fromEntries(masks),
    ...(caps && { caps: capabilities.filter((name) => caps.includes(name)) }),
  } as TryState;
}

/** Whether a text can be passed to the kernel: NUL would end it, and half a character has no bytes. */
export function isMaskText(text: string): boolean {
  return text.length <= MASK_LIMIT && !/\0|\p{Surrogate}/u.test(text);
}
