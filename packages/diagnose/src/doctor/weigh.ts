// SPDX-License-Identifier: MIT
// How much a refused call matters, given what the process did before and after it.
import type { Facts } from "../facts.js";
import type { CallFinding } from "../replay/call-finding.js";
import type { Severity } from "./finding.js";

/** A refused call, and the state of its process at that moment. */
export interface RefusedAt {
  readonly finding: CallFinding;
  readonly facts: Facts;
}

const isToken = ({ call }: CallFinding): boolean => call.startsWith("bpf(BPF_TOKEN_CREATE");
const isRefused = ({ call, outcome }: CallFinding): boolean =>
  outcome === "explained" && call.endsWith(" = -1 EPERM");

/**
 * Weighs the refused calls of one process.
 *
 * @param created - the position of the last call that created a map or loaded a program; -1 if none
 *   did. Probes do not count.
 */
export function weighed(all: readonly RefusedAt[], created: number): readonly RefusedAt[] {
  const refused = withoutRetried(all);
  const has = (severity: Severity): boolean =>
    refused.some(({ finding }) => finding.severity === severity);
  const errors = refused.filter(({ finding }) => finding.severity === "error" && !isToken(finding));
  if (errors.length > 0) return withMissingMap(refused, errors);
  // A loader that created nothing gave up after its probes.
  if (created < 0 && !has("error")) {
    const last: Severity = has("warning") ? "warning" : "note";
    return refused.map((one) =>
      one.finding.severity === last && isRefused(one.finding) ? raised(one) : one,
    );
  }
  // One that got no token and then created its maps and programs did not need it.
  return refused.map((one) =>
    isToken(one.finding) && one.finding.index < created
      ? { ...one, finding: { ...one.finding, severity: "note" } }
      : one,
  );
}

const raised = (one: RefusedAt): RefusedAt => ({
  ...one,
  finding: { ...one.finding, severity: "error" },
});

/** Whether the reason is unknown, or in the log that the loader did not ask for. */
const lacksReason = ({ outcome, cause }: CallFinding): boolean =>
  outcome === "unknown" || cause.endsWith("; the call asks for no log");

/** Loaders repeat a refused load with a log. The answer to the second is then that to the first. */
function withoutRetried(refused: readonly RefusedAt[]): readonly RefusedAt[] {
  const name = ({ call }: CallFinding): string =>
    `${/^\w+\(\w*/.exec(call)?.[0]} ${call.split(" = ").at(-1)}`;
  return refused.filter(
    ({ finding }, i) =>
      !lacksReason(finding) ||
      !refused
        .slice(i + 1)
        .some(
          (later) => later.finding.outcome === "explained" && name(later.finding) === name(finding),
        ),
  );
}

/** The probe for variables: an array, and a socket filter that reads it. */
const forVariables = /^bpf\(BPF_(?:MAP_CREATE.*_ARRAY|PROG_LOAD.*_SOCKET_FILTER)\b/;

/**
 * libbpf does not create the maps of variables if its probe for them is refused. The verifier then finds no
 * map, and that probe is the cause.
 */
function withMissingMap(
  refused: readonly RefusedAt[],
  errors: readonly RefusedAt[],
): readonly RefusedAt[] {
  const lacksMap = errors.some(({ finding }) =>
    /not pointing to valid bpf_map/.test(finding.cause),
  );
  if (!lacksMap) return refused;
  return refused.map((one) =>
    one.finding.severity === "warning" && forVariables.test(one.finding.call) ? raised(one) : one,
  );
}
