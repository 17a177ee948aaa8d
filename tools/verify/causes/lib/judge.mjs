// SPDX-License-Identifier: MIT
// Follows the first cause until the load succeeds, and compares what the tools name.
import { ProgType } from "@bpf-token/uapi";
import { askAll, checkOf, fromRecording } from "./answers.mjs";
import { includes, mend, mendByText, withOwnNetwork } from "./mend.mjs";
import { loads, record, stage } from "./stage.mjs";

/** More causes than a load can have here. */
const ROUNDS = 12;

/**
 * Judges a combination. The reference is trace: its first cause, once fixed, must lead to another one or to
 * success, and without one of the changed settings the load must fail.
 *
 * @returns rows `{ tool, cause, verdict, more }`, where a verdict is `agreed`, `later`, `differs` or `no cure`.
 */
export function judge(context, combination) {
  const rows = [];
  const add = (tool, cause, verdict, more = "") => rows.push({ tool, cause, verdict, more });
  const steps = [];
  let now = combination;
  for (let round = 0; round < ROUNDS; round++) {
    const staged = stage(context.folder, now);
    if (!staged.sameUnderStrace) add("explain", "none", "no cure", "strace changes the result");
    const { trace, ...others } = askAll({ ...context, combination: now, staged });
    if (staged.ok) {
      const { doctor, observed, page } = others;
      // The page is not asked about every load.
      addFalse(add, { doctor, observed, ...("page" in others && { page }) });
      return [...withLater(rows, steps), ...needless(context.folder, now, steps)];
    }
    const cause = checkOf(trace?.id ?? "none");
    for (const [tool, answer] of Object.entries(others)) {
      const named = checkOf(answer?.id ?? "none");
      add(tool, cause, named === cause ? "agreed" : "differs", named);
    }
    const next = trace && mend(trace, now);
    if (next === undefined) {
      add("trace", cause, "no cure", trace?.cause ?? "the load fails without a finding");
      return rows;
    }
    add("trace", cause, "agreed");
    addFixes(add, context.folder, { now, next, trace, others });
    steps.push({ cause, before: now, after: next });
    now = next;
  }
  add("trace", "none", "no cure", `not after ${ROUNDS} fixes`);
  return rows;
}

/** Applies the fixes of the others, and the other one of trace, where they change something else. */
function addFixes(add, folder, { now, next, trace, others: { doctor, explain, load } }) {
  const cause = checkOf(trace.id);
  const fixes = [
    ["doctor", doctor, doctor && mend(doctor, now)],
    ["explain", explain, explain && mendByText(explain, now)],
    ...(load?.fix === undefined ? [] : [["load", load, mendByText(load, now)]]),
    ...(cause === "doctor.netns" ? [["trace", trace, withOwnNetwork(now)]] : []),
  ];
  for (const [tool, answer, fixed] of fixes) {
    // Another cause is an exception already.
    if (checkOf(answer?.id ?? "none") !== cause) continue;
    const isCured = fixed !== undefined && (includes(fixed, next) || cures(folder, fixed));
    if (!isCured) add(tool, cause, "no cure", `its fix: ${answer.fix.join("; ")}`);
    else if (!includes(next, fixed)) add(tool, cause, "agreed", "its own fix");
  }
}

/** Whether nothing that a fix has added is still said to be missing. */
function cures(folder, fixed) {
  const staged = record(folder, fixed);
  const { trace, errors } = fromRecording(staged);
  if (staged.ok) return true;
  return trace !== undefined && ![trace, ...errors].some((one) => isLeft(one, fixed));
}

/** Whether a cause has a fix, and it is there already. The verifier's refusals have none. */
const isLeft = (cause, fixed) =>
  (cause.lacks !== undefined || /seccomp|netns/.test(cause.id)) && mend(cause, fixed) === undefined;

/** A tool that names a true cause of a later call has another order, but no wrong answer. */
function withLater(rows, steps) {
  const causes = steps.map(({ cause }) => cause);
  return rows.map((row) => {
    const later =
      row.verdict === "differs" && causes.lastIndexOf(row.more) > causes.indexOf(row.cause);
    return later ? { ...row, verdict: "later" } : row;
  });
}

/** A load that succeeds has no error. */
function addFalse(add, answers) {
  for (const [tool, answer] of Object.entries(answers)) {
    if (answer?.id === undefined) add(tool, "success", "agreed");
    else add(tool, "success", "differs", answer.id);
  }
}

/** Each changed setting was a cause: without it, the load fails. */
function needless(folder, mended, steps) {
  return steps.flatMap(({ cause, before, after }) => {
    const without = takeBack(mended, before, after);
    if (!loads(folder, without)) return [];
    const row = { tool: "trace", cause };
    return isCovered(before, after, mended)
      ? [{ ...row, verdict: "later", more: "CAP_PERFMON, which a later cause needs, covers it" }]
      : [{ ...row, verdict: "no cure", more: "it was no cause: the load succeeds without" }];
  });
}

/** libbpf's first probe needs a socket_filter, or a tracepoint and CAP_PERFMON. */
function isCovered(before, after, mended) {
  const gains = !before.caps.includes("PERFMON") && mended.caps.includes("PERFMON");
  const { progs } = before.masks;
  const traces = (progs >> BigInt(ProgType.TRACEPOINT)) & 1n;
  const added = after.masks.progs & ~progs;
  return added === 1n << BigInt(ProgType.SOCKET_FILTER) && traces === 1n && gains;
}

/** A combination without the change from one to another. */
function takeBack(combination, before, after) {
  const masks = Object.fromEntries(
    Object.entries(combination.masks).map(([axis, mask]) => [
      axis,
      mask & ~(after.masks[axis] & ~before.masks[axis]),
    ]),
  );
  const added = after.caps.filter((name) => !before.caps.includes(name));
  const caps = combination.caps.filter((name) => !added.includes(name));
  const { wire, netns } =
    before.wire === after.wire && before.netns === after.netns ? combination : before;
  return { ...combination, masks, caps, seccomp: before.seccomp && !after.seccomp, wire, netns };
}
