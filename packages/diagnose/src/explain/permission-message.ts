// SPDX-License-Identifier: MIT
import { verifierMessages } from "./verifier-messages.js";

/** A message of the verifier that CAP_PERFMON can remove. */
export interface PermissionMessage {
  readonly text: string;
  /** How many programs of the measurement CAP_PERFMON cured. */
  readonly cured: number;
  /** How many other programs had the message with all capabilities. */
  readonly always: number;
}

const NUMBER = String.raw`-?(?:0x[0-9a-f]+|\d+)`;
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const messages = verifierMessages.map(([pattern, cured, always]) => ({
  find: new RegExp(pattern.split("%d").map(literal).join(NUMBER)),
  cured,
  always,
}));

/** Instructions and states are most of a log, and never the reason. */
const noReason = /^\s*(?:\d+: [(R]|;|from \d+ to )/;

/** Several rules ask for the same line, one after the other. */
let last: { readonly line: string; readonly message: PermissionMessage | undefined } | undefined;

/** Returns the message in a line that CAP_PERFMON removed from at least one program. */
export function permissionMessage(line: string): PermissionMessage | undefined {
  if (last?.line !== line) last = { line, message: findMessage(line) };
  return last.message;
}

function findMessage(line: string): PermissionMessage | undefined {
  if (noReason.test(line)) return undefined;
  for (const { find, cured, always } of messages) {
    const text = find.exec(line)?.[0];
    if (text !== undefined) return { text, cured, always };
  }
  return undefined;
}
