// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal, Unexplained } from "@bpf-token/syscall";
import { type Paint, plain } from "../text/paint.js";
import { wrap } from "../text/wrap.js";

/** The layout of formatted text. */
export interface FormatOptions {
  /** Columns. Default 80. */
  readonly width?: number;
  /** Adds colours; by default there are none. */
  readonly paint?: Paint;
}

/**
 * Formats why a call was refused, as lines: every decision of the kernel in order. A silent decision,
 * such as an ignored token, is the usual cause.
 *
 * @example
 * ```ts
 * if (BpfError.is(error) && error.refusal) console.log(formatRefusal(error.refusal).join("\n"));
 * ```
 */
export function formatRefusal(
  refusal: Refusal,
  { width = 80, paint = plain }: FormatOptions = {},
): readonly string[] {
  const chain = refusal.chain.length > 0 ? refusal.chain : [refusal];
  const note = refusal.certainty === "inferred" ? [paint("quiet", "(inferred on the model)")] : [];
  // Print the fix once, at the cause: what follows an ignored token is only its consequence.
  const cause = chain.findIndex(({ fix }) => fix !== undefined);
  return [...chain.flatMap((step, i) => decisionLines(step, i === cause, paint, width)), ...note];
}

/**
 * Formats why it is unknown which check refused, as lines.
 *
 * @example
 * ```ts
 * if (BpfError.is(error) && error.unexplained) {
 *   console.log(formatUnexplained(error.unexplained).join("\n"));
 * }
 * ```
 */
export function formatUnexplained(
  { reason, divergence }: Unexplained,
  { width = 80, paint = plain }: FormatOptions = {},
): readonly string[] {
  const role = divergence === undefined ? "quiet" : "bad";
  return wrap(`not inferred: ${reason}`, width).map((line) => paint(role, line));
}

/** Below this many columns the details are indented less. */
const NARROW = 50;

function decisionLines(
  step: DecisionStep,
  isCause: boolean,
  paint: Paint,
  width: number,
): readonly string[] {
  const mark = step.errno === undefined ? paint("warn", "silent ") : paint("bad", "refused");
  const pad = " ".repeat(width < NARROW ? 2 : "refused  ".length);
  const room = width - pad.length;
  return [
    `${mark}  ${paint("strong", step.check)}`,
    ...[
      ...wrap(step.sentence, room),
      ...fact("required", step.needed, room),
      ...fact("actual", step.present, room),
      ...fact("fix", (isCause ? step.fix : undefined) ?? "", room),
      ...[
        ...fact("in", place(step.where), room),
        ...fact("more", `bpf-token explain ${step.check}`, room),
      ].map((line) => paint("quiet", line)),
    ].map((line) => pad + line),
  ];
}

/** Turns `FILE:FUNCTION` into `FUNCTION() of FILE`. */
function place(where: string): string {
  return where.replace(/^([^\s:]+):(\w+)$/, "$2() of $1");
}

/** Formats a fact with its label and aligns its further lines under the first. */
function fact(label: string, text: string, room: number): readonly string[] {
  const head = `${label}:`.padEnd("required: ".length);
  return wrap(text, room - head.length).map(
    (line, i) => (i === 0 ? head : " ".repeat(head.length)) + line,
  );
}
