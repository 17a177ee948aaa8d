// SPDX-License-Identifier: MIT
import { type Diagnosis, type Facts, isGvisor, placeText } from "@bpf-token/diagnose";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";
import { block, severityRoles } from "./block.js";
import { moreAbout } from "./finding-page.js";

/**
 * Formats a diagnosis: the verdict, then each finding with cause, evidence and fix.
 *
 * @param before - how many findings the diagnoses of other processes have before it.
 */
export function doctorLines(
  { verdict, ok, release, findings, token, calls, trial }: Diagnosis,
  facts: Facts,
  paint: Paint,
  width: number,
  before = 0,
): readonly string[] {
  const lines = wrap(verdict, width).map((line) => paint(ok ? "good" : "bad", line));
  if (token !== undefined) {
    const options = Object.entries(token.allows).map(([name, mask]) => `${name}=${mask}`);
    lines.push(...block("token", [placeText(token.path), ...options], width));
  }
  findings.forEach((finding, i) => {
    const { id, severity, confidence, cause, evidence, fix } = finding;
    const sure = confidence === "certain" ? "" : `, ${confidence}`;
    lines.push("", paint(severityRoles[severity], `${before + i + 1}. ${severity}${sure} [${id}]`));
    lines.push(...block("cause", [cause], width));
    lines.push(...block("evidence", evidence, width));
    lines.push(...block("fix", fix, width), ...block("more", [moreAbout(id)], width));
  });
  if (trial !== undefined) {
    lines.push(
      "",
      trial.length === 0 ? "tried: nothing, because there is no BPF filesystem" : "tried:",
    );
    for (const { what, kernel, reason, predicted } of trial) {
      const words = `${what}: ${kernel} (predicted: ${predicted ?? "not known"})`;
      const texts = kernel !== "ok" && reason !== "" ? [words, reason] : [words];
      lines.push(...texts.flatMap((text) => wrap(text, width - 3)).map((line) => `   ${line}`));
    }
  }
  // Recorded calls reached the kernel of the host.
  const kernel = isGvisor(facts) && calls === undefined ? "gVisor" : `Linux ${release}`;
  lines.push("", paint("quiet", `judged as ${kernel}`));
  if (calls !== undefined) {
    const made = calls.made === 0 ? "no bpf() call" : `bpf() calls: ${calls.made}`;
    lines.push(paint("quiet", `recorded: ${made}; refused calls: ${calls.refused}`));
  }
  for (const { fact, why } of facts.unknown) {
    lines.push(...wrap(`not known: ${fact} (${why})`, width).map((l) => paint("quiet", l)));
  }
  return lines;
}
