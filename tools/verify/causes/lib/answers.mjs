// SPDX-License-Identifier: MIT
// The first cause that each tool names.
import { explainText, ProcessObserver, RecordingParser, replayCalls } from "@bpf-token/diagnose";
import { askPage } from "./page.mjs";

const isError = ({ severity }) => severity === "error";

/** One cause with two ids: that of a recorded call, and that of a report or a text. */
const same = {
  "trace.seccomp": "doctor.seccomp",
  "trace.verifier": "prog.load.perfmon",
  "explain.verifier_capability": "prog.load.perfmon",
  "verify.helper.perfmon": "prog.load.perfmon",
  "verify.leak": "prog.load.perfmon",
};

/** The id under which causes are compared. */
export const checkOf = (id) => same[id] ?? id;

function eventsOf(recording) {
  const parser = new RecordingParser();
  return recording.split("\n").flatMap((line) => parser.parse(line) ?? []);
}

/** The first error of `bpf-token trace`, and of `bpf-token doctor -- COMMAND`. */
function fromRecording(recording) {
  const events = eventsOf(recording);
  const observer = new ProcessObserver();
  for (const event of events) observer.add(event);
  const refused = observer.end().flatMap((one) => one.refused);
  const findings = replayCalls(events);
  // A refused probe is a warning while the trace runs: what follows is not known yet.
  const trace = findings.find(isError) ?? findings.find(({ severity }) => severity === "warning");
  return { trace, observed: refused.find(isError) };
}

const axes = {
  command: "token.dropped.cmd",
  "map type": "token.dropped.map",
  "program type": "token.dropped.prog",
  "attach type": "token.dropped.attach",
};
const phases = { map: "map.create", program: "prog.load", btf: "btf.load" };

/** The check of the first permission that `bpf-token load` misses. */
function fromLoad(output) {
  const { error } = parseJson(output);
  const [first] = error?.missing ?? [];
  // It then says that this is no token matter, and names an active filter.
  if (first === undefined) return { id: error?.log === "" ? "doctor.seccomp" : "trace.verifier" };
  const id = axes[first.axis] ?? capabilityCheck(error.phase, first);
  return { id, first };
}

function capabilityCheck(phase, { add, holder }) {
  if (holder === "host") return "token.create";
  if (phase === "btf") return "token.create.capable";
  if (add !== "CAP_BPF" && phase === "program") return `prog.load.${add.slice(4).toLowerCase()}`;
  return phase === "program" || add === "CAP_BPF"
    ? `${phases[phase]}.sysctl`
    : "map.create.capable";
}

/**
 * Asks every tool.
 *
 * @returns the id and the typed data that each tool names first; a tool that does not know this kind of
 *   cause is absent.
 */
export function askAll({ page, release, combination, staged }) {
  const { trace, observed } = fromRecording(staged.recording);
  const [explain] = explainText(staged.log).candidates;
  const doctor = parseJson(staged.doctor).findings?.find(isError);
  const plain = combination.loader === "plain";
  return {
    trace,
    observed,
    doctor,
    explain,
    ...(plain && { load: fromLoad(staged.output) }),
    // The page has neither seccomp filters nor what a helper needs nor the probes of libbpf.
    ...(plain &&
      !combination.seccomp &&
      !combination.printk && { page: { id: askPage(page, release, combination) } }),
  };
}

/** Parses the output of a command with `--json`; an empty value if it printed none. */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
