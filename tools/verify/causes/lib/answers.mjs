// SPDX-License-Identifier: MIT
// The first cause that each tool names.
import {
  CallReplay,
  diagnose,
  explainText,
  ProcessObserver,
  RecordingParser,
} from "@bpf-token/diagnose";
import { askPage } from "./page.mjs";

const isError = ({ severity }) => severity === "error";
const isWarning = ({ severity }) => severity === "warning";
const NETNS = "doctor.netns";

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
export function fromRecording({ recording, ok }) {
  const observer = new ProcessObserver();
  const replay = new CallReplay();
  const findings = eventsOf(recording).flatMap((event) => {
    observer.add(event);
    return replay.add(event);
  });
  if (!ok) findings.push(...replay.unattached());
  replay.close();
  const observed = observer.end({ succeeded: ok });
  const judged = observed.flatMap((one) => diagnose(one.facts, { observed: one }).findings);
  const refused = observed.flatMap((one) => one.refused);
  const errors = findings.filter(isError);
  return {
    errors,
    // A refused probe is a warning while the trace runs: what follows is not known yet.
    trace: errors[0] ?? findings.find(isWarning),
    observed: refused.find(isError) ?? judged.find((one) => one.id === NETNS && isError(one)),
  };
}

/** The first error of `bpf-token doctor --try`. */
function fromDoctor({ doctor, problem }) {
  const { findings } = parseJson(doctor);
  return findings === undefined ? { id: `no answer: ${problem.trim()}` } : findings.find(isError);
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
  const { axis, add, option } = first;
  return { id, fix: [axis in axes ? `add ${add} to ${option}` : add] };
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
  const { trace, observed } = fromRecording(staged);
  const [explain] = explainText(staged.log).candidates;
  const doctor = fromDoctor(staged);
  const plain = combination.loader === "plain";
  return {
    trace,
    observed,
    // Inside of a container doctor sees neither the owner of the network nor how a program attaches.
    ...(trace?.id !== NETNS && { doctor }),
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
