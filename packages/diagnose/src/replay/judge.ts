// SPDX-License-Identifier: MIT
import type { DecisionStep } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { effectiveText } from "../doctor/capabilities.js";
import type { Severity } from "../doctor/finding.js";
import { initialFix } from "../doctor/settings.js";
import { callText, commandIn, resultText } from "../evidence/call-text.js";
import type { TracedCall } from "../evidence/traced-call.js";
import { hasAlternative, maskFix, tokenText } from "./axis.js";
import { byVerifier } from "./by-verifier.js";
import type { CallFinding } from "./call-finding.js";
import { lacksOf } from "./lacks.js";
import { mistakeIn } from "./mistakes.js";
import type { ModelAnswer } from "./perform.js";
import { probeName } from "./probe.js";
import type { ModelProcess } from "./processes.js";
import type { Attempt } from "./replay.js";
import { hasTokenFlag, tokenFd } from "./translate.js";

/** A traced call with everything that decides about it. */
export interface Case {
  readonly call: TracedCall;
  readonly process: ModelProcess | undefined;
  readonly attempt: Attempt;
  readonly index: number;
  /** The release of the model, as it names itself. */
  readonly modelRelease: string;
}

/** A finding without what every finding of a call has. */
export type Draft = Omit<CallFinding, "pid" | "index" | "call" | "evidence"> & {
  readonly evidence?: readonly string[];
};

/** Calls other than bpf() whose refusal matters. */
const setup: ReadonlySet<string> = new Set(["fsopen", "fsconfig", "fsmount", "mount", "unshare"]);

/** Says why a call was refused, or why its token was ignored; empty if neither is the case. */
export function judge(one: Case): readonly CallFinding[] {
  const { call } = one;
  if (call.name !== "bpf" && !setup.has(call.name)) return [];
  if (call.result >= 0) return finish(one, ignoredToken(one));
  if (isOrdinary(call)) return [];
  return finish(one, refused(one));
}

/**
 * Says why a kernel refused a call, or why it ignored the token of the call, from what that kernel
 * itself recorded.
 *
 * @param call - the call, with the kernel's return value as its result.
 * @param answer - the reason of the refusal, and all decisions of the call in order.
 * @param place - the position of the call among all, from 0, and the release of the kernel.
 * @returns no finding if the call succeeded with its token, or was refused as it is in normal use.
 * @example
 * ```ts
 * const answer = { refusal: task.refusal(), decisions: task.decisions() };
 * judgeAnswer(call, answer, { index: 0, release: "7.3" });
 * ```
 */
export function judgeAnswer(
  call: TracedCall,
  answer: Omit<ModelAnswer, "ret">,
  { index, release }: { readonly index: number; readonly release: KernelRelease },
): readonly CallFinding[] {
  const attempt = { how: "answered", answer: { ...answer, ret: call.result } } as const;
  return judge({ call, process: undefined, attempt, index, modelRelease: release });
}

/** Refusals that are part of the normal use of a call. */
function isOrdinary(call: TracedCall): boolean {
  const cmd = commandIn(call) ?? "";
  const looksUp = /_GET_NEXT_|_LOOKUP_|OBJ_GET$|_BATCH|_DELETE_ELEM/;
  return call.result === -2 /* ENOENT */ && looksUp.test(cmd);
}

function finish(one: Case, draft: Draft | undefined): readonly CallFinding[] {
  if (draft === undefined) return [];
  const { call, process, index } = one;
  const probe = probeName(call);
  const isSpare = probe !== undefined && hasAlternative(call, process);
  const evidence = [
    ...(draft.evidence ?? []),
    ...(probe === undefined
      ? []
      : [`${probe}: the loader probes the kernel before its real calls`]),
    ...(isSpare ? ["libbpf loads a tracepoint next, which the token allows"] : []),
    ...(hasTokenFlag(call) ? tokenText(tokenFd(call), process) : []),
    ...processText(process),
  ];
  const severity = isSpare ? "note" : severityOf(call, probe !== undefined, draft.severity);
  return [{ ...draft, severity, evidence, pid: call.pid, index, call: callText(call) }];
}

/**
 * A probe that may use a token decides about the calls that follow. One without a token finds out only
 * whether a feature is there, and the loader continues; most continue without types, too.
 */
function severityOf(call: TracedCall, isProbe: boolean, severity: Severity): Severity {
  if (call.seccomp === true) return severity;
  if (isProbe && !hasTokenFlag(call)) return "note";
  const mayContinue = isProbe || commandIn(call) === "BTF_LOAD";
  return mayContinue && severity === "error" ? "warning" : severity;
}

function processText(process: ModelProcess | undefined): readonly string[] {
  const facts = process?.facts;
  if (facts === undefined) return [];
  const { inode, initial } = facts.userns;
  return [`user namespace: ${inode}${initial ? ", the initial one" : ""}`, effectiveText(facts)];
}

/** A call that succeeded without the token that it gave. */
function ignoredToken({ call, process, attempt }: Case): Draft | undefined {
  if (attempt.how !== "answered" || attempt.answer.ret < 0) return undefined;
  const ignored = attempt.answer.decisions.find(({ check }) => check.startsWith("token.dropped."));
  if (ignored === undefined) return undefined;
  return {
    id: ignored.check,
    severity: "warning",
    confidence: "certain",
    outcome: "explained",
    cause: `${sentence(ignored)}; the call succeeded with the capabilities of the process`,
    fix: maskFix(ignored, call, process),
    ...withLacks(ignored),
  };
}

function refused(one: Case): Draft | undefined {
  const { call, process, attempt } = one;
  if (call.seccomp === true) return bySeccomp(call);
  const mistake = mistakeIn(one);
  const agrees = attempt.how === "answered" && attempt.answer.ret === call.result;
  if (agrees && mistake !== undefined) return { ...mistake, outcome: "explained" };
  if (agrees) return explained(attempt.answer, call, process);
  if (mistake !== undefined && (attempt.how === "failed" || mistake.id === "trace.pin_mode"))
    return { ...mistake, outcome: "explained" };
  return (
    byVerifier(one) ??
    (attempt.how === "answered" ? disagreement(one, attempt.answer) : unknown(one))
  );
}

const bySeccomp = (call: TracedCall): Draft => ({
  id: "trace.seccomp",
  severity: "error",
  confidence: "certain",
  outcome: "explained",
  cause: `a seccomp filter of the process answered ${resultText(call.result)}; the kernel did not run the call, so no token decides`,
  evidence: ["the recorder saw the call, but the kernel never started it"],
  fix: [`allow ${call.name}() in the seccomp profile of the container: docs/eperm.md#seccomp`],
});

function explained(
  { refusal, decisions }: ModelAnswer,
  call: TracedCall,
  process: ModelProcess | undefined,
): Draft {
  if (refusal === undefined) {
    return {
      ...nothing,
      cause: "cannot tell: the model refuses the call too, but names no check",
    };
  }
  const silent = decisions.find((step) => step.check.startsWith("token.dropped."));
  const first = silent ?? refusal;
  const rest = silent === undefined ? "" : `; without a token, ${sentence(refusal)}`;
  const { missing } = refusal;
  const lacksToken = silent === undefined && couldUseToken(call) && missing?.axis === "caps";
  const facts = process?.facts;
  return {
    id: first.check,
    severity: "error",
    confidence: "certain",
    outcome: "explained",
    cause: `${sentence(first)}${rest}${lacksToken ? "; the call gives no token" : ""}`,
    fix:
      silent !== undefined
        ? maskFix(silent, call, process)
        : lacksToken && facts?.userns.initial === true
          ? initialFix(
              facts,
              lacksOf(missing).map(({ name }) => name.toUpperCase()),
            )
          : refusal.fix === undefined
            ? []
            : [refusal.fix],
    ...withLacks(first),
  };
}

function withLacks({ missing }: DecisionStep): Pick<Draft, "lacks"> {
  const lacks = lacksOf(missing);
  return lacks.length === 0 ? {} : { lacks };
}

/** Whether a token can help a call, and it gives none. */
export const couldUseToken = (call: TracedCall): boolean =>
  /^(?:MAP_CREATE|PROG_LOAD|BTF_LOAD|BTF_GET_FD_BY_ID)$/.test(commandIn(call) ?? "") &&
  !hasTokenFlag(call);

/** What a check found, with what it requires. */
function sentence({ sentence: text, needed, present }: DecisionStep): string {
  const facts = [
    needed === "" ? "" : `required: ${needed}`,
    present === "" ? "" : `actual: ${present}`,
  ];
  const given = facts.filter((fact) => fact !== "").join("; ");
  const named = given
    .replaceAll("user namespace #1", "the initial user namespace")
    .replaceAll("user namespace #0", "any other user namespace");
  return given === ""
    ? text
    : `${text} (${named.replace(/\(caller in [^()]*\)/, "in the user namespace of the process")})`;
}

const nothing = {
  id: "trace.unknown",
  severity: "error",
  confidence: "possible",
  outcome: "unknown",
  fix: [],
} as const;

function disagreement({ call, process, modelRelease }: Case, { ret }: ModelAnswer): Draft {
  const model = `the model of Linux ${modelRelease} answers ${resultText(ret)}`;
  const facts = process?.facts;
  const ofCaller = facts?.userns.initial === false && ret >= 0;
  const also = [
    ...(ofCaller && commandIn(call) === "TOKEN_CREATE" && call.result === -1 /* EPERM */
      ? ["likely token.create.userns: the BPF filesystem belongs to another user namespace"]
      : []),
    ...(facts?.seccomp === 2 ? ["a seccomp filter is active and may have answered"] : []),
    ...(facts?.lsms ?? [])
      .filter((name) => name === "selinux" || name === "apparmor")
      .map((name) => `${name} is active and may have answered`),
  ];
  return {
    id: "trace.disagreement",
    severity: "error",
    confidence: "possible",
    outcome: "disagreement",
    cause: `cannot tell: ${model}, the kernel ${resultText(call.result)}, so nothing is concluded`,
    evidence: also,
    fix: [],
  };
}

function unknown({ call, attempt }: Case): Draft | undefined {
  if (attempt.how !== "failed") return undefined;
  if (commandIn(call) === "LINK_CREATE" && !lacksPermission(call)) {
    return {
      ...nothing,
      severity: "note",
      cause: `no permission is missing: the kernel answers EPERM or EACCES then. Cannot tell more: ${attempt.why}`,
    };
  }
  return { ...nothing, cause: `cannot tell: ${attempt.why}` };
}

/** Whether the errno is one that the kernel answers if a permission is missing. */
const lacksPermission = ({ result }: TracedCall): boolean => result === -1 || result === -13;
