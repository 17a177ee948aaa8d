// SPDX-License-Identifier: MIT
// Explains a pasted text with @bpf-token/diagnose.
import {
  type Diagnosis,
  diagnose,
  type Explanation,
  explainText,
  FACTS_SCHEMA,
  FactsError,
  parseFacts,
} from "@bpf-token/diagnose";

/** What somebody pasted. */
export interface ExplainQuestion {
  readonly text: string;
}

/** What `explain` says about a text, or `doctor` about a report; or why the report is not one. */
export type ExplainAnswer =
  | { readonly kind: "text"; readonly explanation: Explanation }
  | { readonly kind: "report"; readonly diagnosis: Diagnosis }
  | { readonly kind: "error"; readonly message: string };

/**
 * Recognises a report of `doctor --bundle` by its schema; everything else is a text.
 *
 * @example
 * ```ts
 * explainAnswer({ text: "libbpf: failed to create BPF token from '/sys/fs/bpf': -2" }).kind; // "text"
 * ```
 */
export function explainAnswer({ text }: ExplainQuestion): ExplainAnswer {
  if (!isReport(text)) return { kind: "text", explanation: explainText(text) };
  try {
    return { kind: "report", diagnosis: diagnose(parseFacts(text)) };
  } catch (error) {
    // A report of an unknown release or with a wrong field.
    if (!(error instanceof FactsError || error instanceof RangeError)) throw error;
    return { kind: "error", message: error.message };
  }
}

function isReport(text: string): boolean {
  return text.trimStart().startsWith("{") && text.includes(`"${FACTS_SCHEMA}"`);
}
