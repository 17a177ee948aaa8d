// SPDX-License-Identifier: MIT
// The targets that read text.
import * as delegation from "@bpf-token/delegation";
import * as diagnose from "@bpf-token/diagnose";
import * as scenario from "@bpf-token/scenario";
import * as upstream from "@bpf-token/upstream";
import { printable, same, textOf, tolerate } from "./oracles.mjs";

const { DelegationError, delegationMasks, formatDelegation, parseDelegation } = delegation;
const { FactsError, RecordingError } = diagnose;

/** Files of /proc, which a hostile container writes in part. */
export function proc(data) {
  const text = textOf(data);
  for (const { delegates } of delegation.bpffsIn(text)) {
    for (const mask of Object.values(delegates))
      tolerate([DelegationError], () => delegation.parseMask("cmds", mask));
  }
  delegation.parseTokenMasks(text);
  delegation.describeTokenMasks(text);
  diagnose.managerIn(text);
  diagnose.lockdownIn(text);
  diagnose.statusField(text, "CapEff");
}

const dialects = [
  ...["kernel", "systemd", "lxd", "incus", "oci", "podman", "docker", "k8s", "hook", "exec"],
];

/** Settings in every dialect, detected and named. What was read is written and read again. */
export function settings(data) {
  const text = textOf(data);
  tolerate([DelegationError], () => delegation.parseCapabilities(text));
  for (const dialect of [undefined, ...dialects]) {
    const found = tolerate([DelegationError], () => parseDelegation(text, dialect));
    if (found !== undefined) roundTrip(found.delegation);
  }
}

function roundTrip(read) {
  const masks = delegationMasks(read);
  if (Object.values(masks).every((mask) => mask === 0n)) return;
  tolerate([DelegationError], () => delegation.lintDelegation(read));
  for (const dialect of dialects) {
    const lines = tolerate([DelegationError], () => formatDelegation(read, dialect));
    if (lines === undefined) continue;
    const again = parseDelegation(lines.join("\n"), dialect);
    same(`${dialect} read again`, delegationMasks(again.delegation), masks);
  }
}

/** Error texts, and logs of strace, of the verifier and of the kernel. */
export function explain(data) {
  const text = textOf(data);
  const whole = diagnose.explainText(text);
  printable(whole);
  const explainer = new diagnose.TextExplainer();
  for (const piece of pieces(text)) explainer.push(piece);
  same("explained piece by piece", explainer.finish(), whole);
}

/** A log of strace or a recording, whole and in pieces. */
export function recorded(data) {
  const text = textOf(data);
  const read = (parts) =>
    tolerate([RecordingError], () => {
      const reader = new diagnose.RecordedCallReader();
      for (const part of parts) reader.push(part);
      return reader.finish();
    });
  same("read piece by piece", read(pieces(text)), read([text]));
}

const pieces = (text) => {
  const at = Math.floor(text.length / 3);
  return [text.slice(0, at), text.slice(at, 2 * at), text.slice(2 * at)];
};

/** A recording, whose calls the model repeats. */
export function replay(data) {
  const parser = new diagnose.RecordingParser();
  const calls = new diagnose.CallReplay();
  try {
    for (const line of textOf(data).split("\n", 64)) {
      const event = tolerate([RecordingError], () => parser.parse(line));
      // The release of the first facts may be invalid.
      if (event !== undefined) tolerate([RangeError], () => calls.add(event));
    }
  } finally {
    calls.close();
  }
}

/** A report of another machine. */
export function report(data) {
  const facts = tolerate([FactsError], () => diagnose.parseFacts(textOf(data)));
  if (facts === undefined) return;
  // Documented for an invalid release.
  tolerate([RangeError], () => diagnose.diagnose(facts));
  const redacted = diagnose.redact(facts);
  same("redacted twice", diagnose.redact(redacted), redacted);
  diagnose.parseFacts(JSON.stringify(redacted));
}

/** A scenario, in YAML or JSON. What was read is written and read again. */
export function scenarios(data) {
  const { scenario: read } = scenario.readScenario(textOf(data));
  if (read === undefined) return;
  const again = scenario.parseScenario(scenario.formatScenario(read));
  const { withoutPositions } = scenario;
  same("read again", withoutPositions(again), withoutPositions(read));
}

/** A mail or a page with a patch. */
export async function patch(data) {
  const text = textOf(data);
  upstream.looksLikePatch(text);
  for (const base of [undefined, new TextEncoder().encode("one\ntwo\nthree\n")]) {
    try {
      await upstream.fileFromPatch(text, "kernel/bpf/token.c", base);
    } catch (error) {
      if (!(error instanceof upstream.SourceError)) throw error;
    }
  }
}
