// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { assertOneOf, assertOptions } from "@bpf-token/syscall";
import { factsRelease, type KernelRelease, linuxCode, releaseCode } from "@bpf-token/uapi/names";
import type { Facts } from "../facts.js";
import { findForContainer } from "./container.js";
import type { Diagnosis, Finding, Severity } from "./finding.js";
import { findDoubtfulRunsc, gvisorFinding, isGvisor, isSandbox } from "./gvisor.js";
import { findForInitial } from "./initial.js";
import { findKernelSettings } from "./kernel-settings.js";
import { placeText } from "./mount-text.js";
import { findNetwork } from "./network.js";
import { LEAK } from "./objects.js";
import type { ObservedProcess } from "./observer.js";
import { refusedFindings, withoutErrors, withoutRepeated } from "./refused.js";
import { compareTrial, type TrialAnswer } from "./trial.js";
import type { Wanted } from "./wanted.js";

/** What {@link diagnose} judges besides the facts. */
export interface DiagnoseOptions {
  /** Objects that the process wants to load, by file name. */
  readonly objects?: ReadonlyMap<string, ObjectSpec>;
  /**
   * The loader. `libbpf`, the default, stands for version 1.4 to 1.7, which probes the kernel before it
   * loads an object; `plain` for one that loads only the object.
   */
  readonly loader?: Wanted["loader"];
  /** Judges as this release, in place of the one in the facts. */
  readonly release?: KernelRelease;
  /** The recorded run of the process, of a {@link ProcessObserver}: its refused calls come first. */
  readonly observed?: ObservedProcess;
  /** What the running kernel answered for this process: tokens, and loads by a loader without probes. */
  readonly trial?: readonly TrialAnswer[];
}

/** What the parts of the diagnosis return: findings, and the token if one can be created. */
export interface Part {
  readonly findings: readonly Finding[];
  readonly token?: NonNullable<Diagnosis["token"]>;
}

const order: readonly Severity[] = ["error", "warning", "note"];

/**
 * Says whether a process can create a BPF token and load objects with it, and if not, what to change.
 * The model of the kernel's release answers TOKEN_CREATE with the facts of the process; the masks and
 * capabilities are compared with what the objects need. Makes no system call.
 *
 * @throws RangeError if the release in the facts is not of the form `X.Y`; TypeError for an unknown
 *   option or loader.
 * @example
 * ```ts
 * const { verdict, findings } = diagnose(collectFacts(4711));
 * for (const { cause, fix } of findings) console.log(cause, fix);
 * ```
 */
export function diagnose(facts: Facts, options: DiagnoseOptions = {}): Diagnosis {
  assertOptions("diagnose", options, ["objects", "loader", "release", "observed", "trial"]);
  const { loader = "libbpf" } = options;
  assertOneOf("diagnose: loader", loader, ["libbpf", "plain"]);
  const objects = options.objects ?? new Map<string, ObjectSpec>();
  // The state of the sandbox on the host says nothing about bpf() in it. Recorded calls reached the host.
  if (options.observed === undefined && isSandbox(facts.runsc)) return withoutTokens(facts);
  if (options.release === undefined && hasNoTokens(facts.release)) return withoutTokens(facts);
  const release = options.release ?? factsRelease(facts.release);
  const { findings: own, ...part } = partOf(facts, release, { objects, loader });
  const { observed } = options;
  const refused = observed === undefined ? [] : refusedFindings(observed);
  const trial =
    options.trial === undefined
      ? undefined
      : compareTrial(facts, release, options.trial, (file, hasToken) =>
          predictLoad(facts, release, objects, file, hasToken),
        );
  const tried = trial?.findings ?? [];
  // Nothing shows that the program wants what it cannot do.
  const idle = objects.size === 0 && isContent(observed);
  const findings = [
    ...refused,
    ...tried,
    ...withoutRepeated(own, refused).map((one) => (idle ? asNote(one) : one)),
    ...findNetwork(facts, { objects, loader }, observed),
    ...findDoubtfulRunsc(facts),
    ...withoutErrors(findKernelSettings(facts, { objects, loader }), [...refused, ...tried]),
  ].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const ok = !findings.some(({ severity }) => severity === "error");
  return {
    verdict: verdictOf(facts, part, [...objects.keys()], findings, observed),
    ok,
    release,
    findings,
    ...part,
    ...(observed === undefined
      ? {}
      : { calls: { made: observed.calls, refused: observed.refused.length } }),
    ...(trial === undefined ? {} : { trial: trial.rows }),
  };
}

/** Whether a recorded process called bpf(), and every answer let it continue. */
const isContent = (observed: ObservedProcess | undefined): boolean =>
  observed !== undefined &&
  observed.calls > 0 &&
  observed.refused.every(({ severity }) => severity === "note");

const asNote = (finding: Finding): Finding =>
  finding.severity === "error" ? { ...finding, severity: "note" } : finding;

function partOf(facts: Facts, release: KernelRelease, wanted: Wanted): Part {
  return facts.userns.initial
    ? findForInitial(facts, wanted.objects, release)
    : findForContainer(facts, release, wanted);
}

/** Whether a loader without probes loads one of the objects; undefined if the facts do not decide. */
function predictLoad(
  facts: Facts,
  release: KernelRelease,
  objects: ReadonlyMap<string, ObjectSpec>,
  file: string,
  hasToken: boolean,
): string | undefined {
  const object = objects.get(file);
  if (object === undefined) return undefined;
  if (!hasToken && !facts.userns.initial) {
    return facts.unprivilegedBpfDisabled === 0 ? undefined : "refused";
  }
  const wanted: Wanted = { objects: new Map([[file, object]]), loader: "plain" };
  const { findings } = partOf(facts, release, wanted);
  if (findings.some(({ severity }) => severity === "error")) return "refused";
  // What the verifier may require decides, and the instructions do not show it.
  return findings.some(({ id }) => id === LEAK) ? undefined : "ok";
}

const oldestWithTokens = releaseCode("6.9");

/** Whether a kernel is older than Linux 6.9, the first one with tokens. */
function hasNoTokens(release: string): boolean {
  return (linuxCode(release) ?? oldestWithTokens) < oldestWithTokens;
}

function withoutTokens(facts: Facts): Diagnosis {
  const { release, pid, program } = facts;
  const finding = gvisorFinding(facts) ?? oldFinding(release);
  const kernel = isGvisor(facts) ? "gVisor" : `Linux ${release}`;
  return {
    verdict: `${program} (pid ${pid}) cannot create a token: ${kernel} has no BPF tokens`,
    ok: false,
    release,
    findings: [finding],
  };
}

const oldFinding = (release: string): Finding => ({
  id: "doctor.release",
  severity: "error",
  confidence: "certain",
  cause: `Linux ${release} has no BPF tokens; Linux 6.9 is the first with them`,
  evidence: [`uname -r: ${release}`],
  fix: ["boot a newer kernel, or give the program capabilities on the host"],
});

function verdictOf(
  { pid, program, userns }: Facts,
  { token }: Omit<Part, "findings">,
  objects: readonly string[],
  findings: readonly Finding[],
  observed: ObservedProcess | undefined,
): string {
  const who = `${program} (pid ${pid})`;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const stopped = observed?.refused.filter(({ severity }) => severity === "error").length ?? 0;
  if (stopped > 0) {
    const calls = stopped === 1 ? "a call" : `${stopped} calls`;
    return `the kernel refused ${calls} of ${who}: ${errors === 1 ? "1 reason" : `${errors} reasons`}`;
  }
  if (objects.length === 0 && isContent(observed)) return `the kernel refused no call of ${who}`;
  const goal = objects.length === 0 ? "use a BPF token" : `load ${objects.join(", ")}`;
  if (errors > 0) {
    const count = errors === 1 ? "1 reason" : `${errors} reasons`;
    return `${who} cannot ${userns.initial ? goalOnHost(objects) : goal}: ${count}`;
  }
  if (userns.initial) return `${who} can ${goalOnHost(objects)} without a token`;
  const place = placeText(token?.path ?? "?");
  if (objects.length === 0) return `${who} can create a token from ${place}`;
  return `${who} can ${goal} with a token from ${place}`;
}

const goalOnHost = (objects: readonly string[]): string =>
  objects.length === 0 ? "call bpf()" : `load ${objects.join(", ")}`;
