// SPDX-License-Identifier: MIT
import type { CallFinding } from "@bpf-token/diagnose";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";
import { block, severityRoles } from "./block.js";
import { moreAbout } from "./finding-page.js";

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
  // Whether a refusal ends the program shows only at its end.
  const label = severity === "error" ? "refused" : severity;
  const head = `${number}. ${label}${known} [${id}] in process ${pid}`;
  const lines = ["", paint(severityRoles[severity], head), ...block("call", [call], width)];
  if (before !== undefined) return [...lines, ...block("cause", [`as in ${before}`], width)];
  return [
    ...lines,
    ...block("cause", [cause], width),
    ...block("evidence", evidence, width),
    ...block("fix", fix, width),
    ...block("more", [moreAbout(id)], width),
  ];
}

/** What is known at the end of a trace. */
export interface TraceEnd {
  readonly release: string | undefined;
  readonly calls: number;
  /** The kernel that gave the reasons. Default: the model of the release. */
  readonly by?: string;
  /** The exit status of the program, if it was run. */
  readonly status?: number;
}

/** Formats the end: how many calls were recorded, how many of them refused, and who gave the reasons. */
export function traceSummary(
  findings: readonly CallFinding[],
  { release, calls, by = `model of Linux ${release}`, status }: TraceEnd,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  if (release === undefined || (calls === 0 && findings.length === 0)) {
    const text =
      "no bpf() call was recorded; daemons and containers make the calls of their clients in processes of their own";
    return ["", ...wrap(text, width).map((line) => paint("quiet", line))];
  }
  const count = (outcome: CallFinding["outcome"]): number =>
    findings.filter((one) => one.outcome === outcome).length;
  const parts = [
    `${count("explained")} explained`,
    `${count("disagreement")} disagreements`,
    `${count("unknown")} unknown`,
  ];
  const text =
    findings.length === 0
      ? `${calls} bpf() calls recorded, none was refused`
      : `findings: ${parts.join(", ")}`;
  const wentOn = status === 0 && findings.some(({ severity }) => severity === "error");
  return [
    "",
    paint("quiet", `${text} (${by})`),
    ...(wentOn
      ? wrap("the program continued after the refused calls, and ended with status 0", width)
      : []),
  ];
}
