// SPDX-License-Identifier: MIT
import type { CallFinding } from "@bpf-token/diagnose";
import type { Paint } from "../../text/paint.js";
import { block, severityRoles } from "./doctor-text.js";

/** How a finding is laid out. */
export interface CallFindingFormat {
  /** Counts from 1. */
  readonly number: number;
  /** The number of an earlier finding with the same cause. */
  readonly before: number | undefined;
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
}

/** Formats the finding of a call: the call with its result, then cause, evidence and fix. */
export function callFindingLines(
  finding: CallFinding,
  { number, before, paint, width }: CallFindingFormat,
): readonly string[] {
  const { id, pid, call, severity, outcome, cause, evidence, fix } = finding;
  const known = outcome === "explained" ? "" : `, ${outcome}`;
  const head = `${number}. ${severity}${known} [${id}] in process ${pid}`;
  const lines = ["", paint(severityRoles[severity], head), ...block("call", [call], width)];
  if (before !== undefined) return [...lines, ...block("cause", [`as in ${before}`], width)];
  return [
    ...lines,
    ...block("cause", [cause], width),
    ...block("evidence", evidence, width),
    ...block("fix", fix, width),
  ];
}

/** Formats the last line: how many calls were refused. */
export function traceSummary(
  findings: readonly CallFinding[],
  release: string | undefined,
  paint: Paint,
): readonly string[] {
  if (release === undefined) return ["", paint("quiet", "the program made no bpf() call")];
  const count = (outcome: CallFinding["outcome"]): number =>
    findings.filter((one) => one.outcome === outcome).length;
  const parts = [
    `${count("explained")} explained`,
    `${count("disagreement")} where the model and the kernel disagree`,
    `${count("unknown")} unknown`,
  ];
  const text = findings.length === 0 ? "no call was refused" : `findings: ${parts.join(", ")}`;
  return ["", paint("quiet", `${text} (model of Linux ${release})`)];
}
