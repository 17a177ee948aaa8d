// SPDX-License-Identifier: MIT
// What the front door answers: the cause of an error text, what settings delegate, and what an object needs.
import {
  type Diagnosis,
  diagnose,
  type Explanation,
  explainText,
  FACTS_SCHEMA,
  FactsError,
  parseFacts,
  TextExplainer,
} from "@bpf-token/diagnose";
import type { Policy, PolicyLoader } from "bpf-token/policy";
import { type ObjectAnswer, objectAnswer } from "../object/answer.js";
import { type Delegated, looksLikeSettings, readSettings } from "./settings.js";

/** How a text can be read. */
export const readings = ["error", "settings"] as const;
/** One of {@link readings}. */
export type Reading = (typeof readings)[number];

/** What somebody pasted and dropped. */
export interface StartQuestion {
  /** A text, or a file of any size; empty if there is only an object. */
  readonly text: string | Blob;
  readonly object?: { readonly file: string; readonly bytes: Uint8Array } | undefined;
  readonly loader: PolicyLoader;
  /** How to read the text. Default: as it looks. */
  readonly reading?: Reading | undefined;
}

/** What the text says, and how it was read. */
export type TextAnswer =
  | { readonly kind: "error"; readonly explanation: Explanation }
  | { readonly kind: "settings"; readonly settings: readonly Delegated[] }
  | { readonly kind: "report"; readonly diagnosis: Diagnosis }
  | { readonly kind: "damaged"; readonly message: string };

/** The answers to the text and to the object; a part that was not given is missing. */
export interface StartAnswer {
  readonly text?: TextAnswer;
  readonly object?: ObjectAnswer;
}

/** The page keeps no more of a file than this, unless it is read as a log. */
const WHOLE = 8 << 20;

/**
 * Recognises a report of `doctor --bundle` by its schema, and settings by their keys, unless a line
 * of the text is an error; everything else is an error text.
 *
 * @example
 * ```ts
 * await startAnswer({ text: "libbpf: failed to create BPF token from '/sys/fs/bpf': -2", loader: "libbpf" });
 * ```
 */
export async function startAnswer(question: StartQuestion): Promise<StartAnswer> {
  const { object } = question;
  const inspected = object && objectAnswer({ ...object, loader: question.loader });
  const policy = inspected?.kind === "object" ? inspected.policy : undefined;
  const text = await textAnswer(question, policy);
  return {
    ...(text === undefined ? {} : { text }),
    ...(inspected === undefined ? {} : { object: inspected }),
  };
}

async function textAnswer(
  { text: given, reading }: StartQuestion,
  policy: Policy | undefined,
): Promise<TextAnswer | undefined> {
  if (given instanceof Blob && given.size > WHOLE) return explainStream(given);
  const text = given instanceof Blob ? await given.text() : given;
  if (text.trim() === "") return undefined;
  if (isReport(text)) return reportAnswer(text);
  if (reading === "settings") return { kind: "settings", settings: readSettings(text, policy) };
  const explanation = explainText(text);
  const known = explanation.candidates.length + explanation.harmless.length > 0;
  if (reading === undefined && !known && looksLikeSettings(text)) {
    return { kind: "settings", settings: readSettings(text, policy) };
  }
  return { kind: "error", explanation };
}

async function explainStream(file: Blob): Promise<TextAnswer> {
  const explainer = new TextExplainer();
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    explainer.push(part.value);
  }
  return { kind: "error", explanation: explainer.finish() };
}

function reportAnswer(text: string): TextAnswer {
  try {
    return { kind: "report", diagnosis: diagnose(parseFacts(text)) };
  } catch (error) {
    // A report of an unknown release or with a wrong field.
    if (!(error instanceof FactsError || error instanceof RangeError)) throw error;
    return { kind: "damaged", message: error.message };
  }
}

function isReport(text: string): boolean {
  return text.trimStart().startsWith("{") && text.includes(`"${FACTS_SCHEMA}"`);
}
