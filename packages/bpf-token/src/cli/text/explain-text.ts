// SPDX-License-Identifier: MIT
import type { Candidate, Explanation } from "@bpf-token/diagnose";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";
import { block } from "./block.js";
import { moreAbout } from "./finding-page.js";

/** Formats an explanation: the verdict, then each cause with its evidence, what decides, and a fix. */
export function explainLines(
  { verdict, token, candidates, excluded, harmless, unknown }: Explanation,
  paint: Paint,
  width: number,
): readonly string[] {
  const role = candidates.length === 0 ? "good" : token === "no" ? "warn" : "bad";
  const lines = wrap(verdict, width).map((line) => paint(role, line));
  candidates.forEach((candidate, i) => {
    const { id, confidence } = candidate;
    lines.push("", paint(i === 0 ? "bad" : "quiet", `${i + 1}. ${confidence} [${id}]`));
    lines.push(...details(candidate, width, i === 0 ? undefined : candidates[0]));
  });
  for (const one of harmless) {
    lines.push("", paint("quiet", `harmless [${one.id}]`), ...details(one, width));
  }
  if (excluded.length > 0) lines.push("");
  for (const { id, why } of excluded) {
    lines.push(...wrap(`excluded [${id}]: ${why}`, width).map((line) => paint("quiet", line)));
  }
  if (unknown.length > 0) lines.push("");
  for (const text of unknown) {
    lines.push(...wrap(`not known: ${text}`, width).map((line) => paint("quiet", line)));
  }
  return lines;
}

function details(candidate: Candidate, width: number, first?: Candidate): string[] {
  const { id, cause, decides, fix } = candidate;
  const shown = evidenceOf(candidate);
  const same = first !== undefined && evidenceOf(first).join("\n") === shown.join("\n");
  return [
    ...block("cause", [cause], width),
    ...block("evidence", same ? ["as for 1"] : shown, width),
    ...block("check", [decides], width),
    ...block("fix", fix, width),
    ...block("more", [moreAbout(id)], width),
  ];
}

function evidenceOf({ evidence, count }: Candidate): readonly string[] {
  const shown = evidence.map(({ line, text }) => (line === 0 ? text : `line ${line}: ${text}`));
  const rest = count - evidence.length;
  if (rest > 0) shown.push(`and ${rest} more ${rest === 1 ? "line" : "lines"}`);
  return shown;
}
