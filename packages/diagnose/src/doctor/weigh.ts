// SPDX-License-Identifier: MIT
// How much a refused call matters, given what the process did before and after it.

import { commandIn } from "../evidence/call-text.js";
import type { TracedCall } from "../evidence/traced-call.js";
import type { Facts } from "../facts.js";
import type { CallFinding } from "../replay/call-finding.js";
import { isShortLoad, isVariablesProbe } from "../replay/probe.js";
import { hasTokenFlag } from "../replay/translate.js";
import type { Severity } from "./finding.js";

/** A refused call, and the state of its process at that moment. */
export interface RefusedAt {
  readonly finding: CallFinding;
  readonly call: TracedCall;
  readonly facts: Facts;
}

const EPERM = -1;
const isToken = ({ call }: RefusedAt): boolean => commandIn(call) === "TOKEN_CREATE";
const isRefused = ({ call, finding }: RefusedAt): boolean =>
  finding.outcome === "explained" && call.result === EPERM;
/** Loaders look for the objects of others, or load types, and continue without. */
const optional: ReadonlySet<string | undefined> = new Set([
  ...["PROG", "MAP", "BTF", "LINK"].flatMap((kind) => [
    `${kind}_GET_NEXT_ID`,
    `${kind}_GET_FD_BY_ID`,
  ]),
  ...["BTF_LOAD", "PROG_QUERY", "TASK_FD_QUERY"],
]);
const isOptional = ({ call }: RefusedAt): boolean => optional.has(commandIn(call));

/**
 * Weighs the refused calls of one process.
 *
 * @param created - the position of the last call that created a map or loaded a program; -1 if none
 *   did. Probes do not count.
 * @param last - the position of the last bpf() call: a process that makes more calls after a short load
 *   probed with it.
 */
export function weighed(
  all: readonly RefusedAt[],
  created: number,
  last: number,
): readonly RefusedAt[] {
  const refused = withoutRetried(all).map((one) => {
    const { index, severity } = one.finding;
    if (isOptional(one) && index < created) return withSeverity(one, "note");
    const isProbe = severity === "error" && isShortLoad(one.call) && index < last;
    return isProbe ? withSeverity(one, hasTokenFlag(one.call) ? "warning" : "note") : one;
  });
  const has = (severity: Severity): boolean =>
    refused.some(({ finding }) => finding.severity === severity);
  const errors = refused.filter((one) => one.finding.severity === "error" && !isToken(one));
  if (errors.length > 0) return withMissingMap(refused, errors);
  // A loader that created nothing gave up after its probes.
  if (created < 0 && !has("error")) {
    const last: Severity = has("warning") ? "warning" : "note";
    return refused.map((one) =>
      one.finding.severity === last && isRefused(one) ? withSeverity(one, "error") : one,
    );
  }
  // One that got no token and then created its maps and programs did not need it.
  return refused.map((one) =>
    isToken(one) && one.finding.index < created ? withSeverity(one, "note") : one,
  );
}

const withSeverity = (one: RefusedAt, severity: Severity): RefusedAt => ({
  ...one,
  finding: { ...one.finding, severity },
});

/** Whether the reason is unknown, or in the log that the loader did not ask for. */
const lacksReason = ({ finding, call }: RefusedAt): boolean =>
  finding.outcome === "unknown" || (finding.id === "trace.verifier" && !call.log);

/** Loaders repeat a refused load with a log. The answer to the second is then that to the first. */
function withoutRetried(refused: readonly RefusedAt[]): readonly RefusedAt[] {
  const isRetry = (one: TracedCall, later: TracedCall): boolean =>
    one.name === later.name && commandIn(one) === commandIn(later) && one.result === later.result;
  return refused.filter(
    (one, i) =>
      !lacksReason(one) ||
      !refused
        .slice(i + 1)
        .some((later) => later.finding.outcome === "explained" && isRetry(one.call, later.call)),
  );
}

/**
 * libbpf does not create the maps of variables if its probe for them is refused. The verifier then finds no
 * map, and that probe is the cause.
 */
function withMissingMap(
  refused: readonly RefusedAt[],
  errors: readonly RefusedAt[],
): readonly RefusedAt[] {
  const lacksMap = errors.some(({ call }) => call.log?.includes("not pointing to valid bpf_map"));
  if (!lacksMap) return refused;
  return refused.map((one) =>
    one.finding.severity === "warning" && isVariablesProbe(one.call)
      ? withSeverity(one, "error")
      : one,
  );
}
