// SPDX-License-Identifier: MIT
import type { Severity } from "@bpf-token/diagnose";
import type { Role } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";

/** The colour of each severity. */
export const severityRoles: Readonly<Record<Severity, Role>> = {
  error: "bad",
  warning: "warn",
  note: "quiet",
};

const INDENT = 13;

/** Formats the texts under a label, aligned. */
export function block(name: string, texts: readonly string[], width: number): readonly string[] {
  return texts
    .flatMap((text) => wrap(text, width - INDENT))
    .map((line, i) => `   ${(i === 0 ? `${name}:` : "").padEnd(INDENT - 3)}${line}`);
}
