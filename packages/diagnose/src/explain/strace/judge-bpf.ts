// SPDX-License-Identifier: MIT
import { axisNames, delegationAxes } from "@bpf-token/delegation";
import { BpfCmd, checkById, Insn } from "@bpf-token/uapi";
import { commandIn } from "../../evidence/call-text.js";
import { instructionsOf, loadsAddress } from "../../evidence/from-recording.js";
import { type StraceCall, field as textField } from "../../evidence/strace-line.js";
import type { TracedCall } from "../../evidence/traced-call.js";
import { lastLine } from "../../replay/by-verifier.js";
import type { CallFinding } from "../../replay/call-finding.js";
import { isNamedProbe, isVariablesProbe, probeName } from "../../replay/probe.js";
import { field, hasTokenFlag, tokenFd, withTokenFlag } from "../../replay/translate.js";
import type { CauseId } from "../cause.js";
import { findRule } from "../rules/index.js";
import { quoted } from "../rules/rule.js";
import { because, type JudgedCall } from "./judged.js";
import { otherCauses } from "./other-causes.js";
import type { StraceState } from "./state.js";

/** Judges a refused bpf() call. */
export function judgeBpf(call: StraceCall, state: StraceState): JudgedCall | undefined {
  const judged = judgeCommand(call, state);
  if (judged === undefined || call.errno !== "EPERM" || !state.filtered) return judged;
  state.clues.seccomp ??= "on";
  return {
    ...withFirst(judged, "doctor.seccomp"),
    says: "the log shows a seccomp filter, and no bpf() call that passed it",
    fix: undefined,
  };
}

const withFirst = (judged: JudgedCall, id: CauseId): JudgedCall => ({
  ...judged,
  causes: [id, ...judged.causes.filter((one) => one !== id)],
});

function judgeCommand(call: StraceCall, state: StraceState): JudgedCall | undefined {
  const { errno } = call;
  const traced = state.traced(call);
  const cmd = traced === undefined ? undefined : commandIn(traced);
  if (traced === undefined || cmd === undefined) return judgeUnknownCommand(call);
  if (errno === "ENOSYS") return because(["doctor.seccomp", "explain.kernel_config"]);
  const { others } = shapeOf(traced, call);
  switch (cmd) {
    case "TOKEN_CREATE": {
      const judged = judgeToken(traced, errno, others, state);
      // An address in place of the arguments: the most common cause is a kernel without tokens.
      const isBare = errno === "EINVAL" && /^[^{]{0,60}, 0x/.test(call.args);
      return judged !== undefined && isBare ? withFirst(judged, "doctor.release") : judged;
    }
    case "MAP_CREATE":
    case "PROG_LOAD":
      return judgeCreate(traced, errno, shapeOf(traced, call), state);
    case "BTF_LOAD":
      return errno === "EPERM" ? judgeTypes(traced, others, state) : others;
    case "BTF_GET_FD_BY_ID":
      return errno === "EPERM" ? also(causesOf(state.reasons(traced)), others) : others;
    default:
      return others;
  }
}

/** What of a call does not depend on other calls. */
interface Shape {
  readonly others: JudgedCall | undefined;
  /** Whether its name is that of a probe. */
  readonly named: boolean;
  /** Whether it can be a probe without a name. */
  readonly first: boolean;
}

/** A log has the same line many times. */
const shapes = new WeakMap<TracedCall, Shape>();

function shapeOf(traced: TracedCall, { errno, args }: StraceCall): Shape {
  const before = shapes.get(traced);
  if (before !== undefined) return before;
  const cmd = commandIn(traced);
  const named = isNamedProbe(traced);
  const first = !named && cmd === "PROG_LOAD" && probeName(traced) !== undefined;
  const passesNone = /\b(?:map|prog)_flags=/.test(args) && !hasTokenFlag(traced);
  const attach = textField(args, "attach_type");
  const others = cmd && otherCauses(cmd, errno, attach, passesNone);
  const shape = { others, named, first };
  shapes.set(traced, shape);
  return shape;
}

function judgeUnknownCommand({ args, errno }: StraceCall): JudgedCall | undefined {
  const number = /^(?:0x[0-9a-f]+|\d+)/.exec(args)?.[0];
  if (errno !== "EINVAL" || number === undefined) return undefined;
  return because(
    ["bpf.command"],
    `the kernel has no bpf() command ${Number(number)}; TOKEN_CREATE is ${BpfCmd.TOKEN_CREATE}`,
  );
}

/** The causes that the model found, and then what else is possible. */
function also(
  first: readonly CauseId[],
  others: JudgedCall | undefined,
  says?: string,
): JudgedCall | undefined {
  const causes = [...new Set([...first, ...(others?.causes ?? [])])];
  return causes.length === 0 ? undefined : { ...because(causes, says), main: others?.main ?? true };
}

/** The ids of findings that are causes of a text: the checks, and a token that the call does not pass. */
const causesOf = (reasons: readonly CallFinding[]): readonly CauseId[] =>
  reasons.flatMap(({ id }): readonly CauseId[] => {
    if (id === "trace.token_without_flag") return ["explain.token_flag"];
    const check = checkById(id)?.id;
    return check === undefined ? [] : [check];
  });

function judgeToken(
  call: TracedCall,
  errno: string,
  others: JudgedCall | undefined,
  state: StraceState,
): JudgedCall | undefined {
  const judged = also(causesOf(state.reasons(call)), others);
  if (judged === undefined) return undefined;
  // Loaders continue without a token: the call that ends the load comes later.
  if (errno === "EPERM" && state.newNamespace) {
    return {
      ...withFirst(judged, "token.create.userns"),
      says: "the BPF filesystem belongs to another user namespace: the log shows a new one, and no BPF filesystem created for it",
    };
  }
  const { release } = state.clues;
  if (release !== undefined && release < 6009) {
    return because(["doctor.release"], undefined, { main: false });
  }
  // On the host, EOPNOTSUPP, there are no tokens, and the program needs none.
  if (errno === "EPERM" || errno === "ENOENT") state.refusedToken = judged;
  return judged;
}

/** What a call has to do with the map of a program's variables, as far as the log shows it. */
function variablesIn(call: TracedCall): JudgedCall["variables"] {
  if (commandIn(call) !== "MAP_CREATE") return readsVariables(call) === true ? "later" : undefined;
  return isVariablesProbe(call) ? "probe" : "later";
}

function readsVariables(call: TracedCall): boolean | undefined {
  const { bytes } = instructionsOf(call, field(call, "insn_cnt")) ?? {};
  return bytes && loadsAddress(bytes, Insn.PSEUDO_MAP_VALUE);
}

const probed = because(["explain.probe_answer"], undefined, { main: false });

function judgeCreate(
  call: TracedCall,
  errno: string,
  { others, named, first }: Shape,
  state: StraceState,
): JudgedCall | undefined {
  state.clues.usesToken ||= hasTokenFlag(call);
  if (errno !== "EPERM") {
    if (named) return probed;
    // A loader with newer headers tries a larger structure first.
    if (isTail(call)) return { ...because(["bpf.tail"]), first: true };
    const judged = judgeArguments(call, others, state);
    return judged === undefined ? undefined : { ...judged, first };
  }
  if (hasTokenFlag(call)) {
    const judged = judgeWithToken(call, others, state);
    const variables = judged.main ? variablesIn(call) : undefined;
    if (judged.main && isVariablesProbe(call)) state.lostProbe ??= judged;
    return { ...judged, main: judged.main && !named, first, variables };
  }
  if (named && tokenFd(call) <= 0) return probed;
  const reasons = state.reasons(call);
  if (reasons[0]?.id === "trace.token_without_flag") return because(["explain.token_flag"]);
  if (state.refusedToken !== undefined && state.tokens.size === 0) {
    return { ...state.refusedToken, main: true, first };
  }
  const { tokens, initial } = state.clues;
  const judged = also(causesOf(reasons), others, withoutToken(call, reasons));
  if (judged === undefined) return undefined;
  return {
    ...(tokens || initial === false ? withFirst(judged, "explain.no_token") : judged),
    first,
  };
}

function withoutToken(call: TracedCall, reasons: readonly CallFinding[]): string {
  const lacks = reasons.flatMap((one) => one.lacks ?? []);
  const names = [...new Set(["bpf", ...lacks.map(({ name }) => name)])];
  const capabilities = names.map((name) => `CAP_${name.toUpperCase()}`).join(" or ");
  return `BPF_${commandIn(call)} is refused: it passes no token, and the caller lacks ${capabilities} in the host's user namespace`;
}

/** Judges a refused BTF_LOAD: most loaders continue without types, others end. */
function judgeTypes(
  call: TracedCall,
  others: JudgedCall | undefined,
  state: StraceState,
): JudgedCall {
  const harmless = "explain.btf_upload";
  // strace 6.13 does not print the token of this call, so the loader is taken to pass the one that it has.
  if (hasTokenFlag(call) || state.tokens.size > 0) {
    state.clues.usesToken = true;
    return { ...judgeWithToken(withTokenFlag(call), others, state), first: true, harmless };
  }
  // The refused token is the cause.
  if (state.triedToken) return because([harmless], undefined, { main: false });
  return { ...because([]), ...others, first: true, harmless };
}

function judgeWithToken(
  call: TracedCall,
  others: JudgedCall | undefined,
  state: StraceState,
): JudgedCall {
  const reasons = state.reasons(call);
  // A note is a probe that the loader repeats in another way.
  if (reasons[0]?.severity === "note") return probed;
  const found =
    reasons.length > 0
      ? causesOf(reasons)
      : others?.causes.filter((id) => id !== "explain.no_token");
  const judged = also(found ?? [], undefined) ?? because([]);
  const lacks = reasons.flatMap((one) => one.lacks ?? []);
  const [lack] = lacks;
  if (lack === undefined || lack.axis === "caps") return judged;
  const { axis, name } = lack;
  if (state.knowsMasks) {
    return {
      ...judged,
      says: `the token does not allow ${delegationAxes[axis].what} ${name}, so the kernel ignores the token and asks for capabilities on the host`,
      fix: [`add ${name} to delegate_${axis}`],
    };
  }
  const words = axisNames.flatMap((one) =>
    lacks
      .filter(({ axis: of }) => of === one)
      .map((of) => `${delegationAxes[one].what} ${of.name}`),
  );
  return {
    ...judged,
    says: `the kernel ignores the token, or the caller lacks a capability; the token must allow ${words.join(", ")}`,
    unknown: "the log does not show the masks: grep ' bpf ' /proc/PID/mountinfo",
  };
}

/** Judges a call whose errno is not EPERM: its arguments are refused, the program itself among them. */
function judgeArguments(
  call: TracedCall,
  others: JudgedCall | undefined,
  state: StraceState,
): JudgedCall | undefined {
  const log = call.log ?? "";
  const last = lastLine(log);
  const known = findRule(last ?? "") ?? findRule(log);
  if (known !== undefined) return because(known.rule.causes, known.rule.says?.(known.match));
  if (last !== undefined) {
    const [first = "explain.verifier", ...rest] = others?.causes ?? [];
    const causes = call.result === EACCES ? [first] : [first, ...rest];
    return because(causes, `the verifier rejects the program: ${quoted(last)}`);
  }
  const reasons = state.reasons(call);
  const [reason] = reasons;
  const found = causesOf(reasons);
  // The cause of a missing capability has what the caller holds, which the log does not show.
  const says = found.length === 0 || reason?.lacks !== undefined ? undefined : reason?.cause;
  const lost =
    call.result === EINVAL && (readsVariables(call) ?? found.length === 0)
      ? state.lostProbe
      : undefined;
  if (lost === undefined) return also(found, others, says);
  return because(
    [...(state.knowsMasks ? lost.causes : []), "explain.libbpf_probe", "explain.verifier"],
    `libbpf may not have created the map of the program's variables, because its probe for it was refused${state.knowsMasks && lost.says !== undefined ? `: ${lost.says}` : ""}`,
    { fix: state.knowsMasks ? lost.fix : undefined },
  );
}

/** Whether E2BIG is about the structure: 8 instructions reach no limit of the verifier. */
function isTail(call: TracedCall): boolean {
  const isSmall = field(call, "insn_cnt") > 0 && field(call, "insn_cnt") <= 8;
  return isSmall && call.result === E2BIG && commandIn(call) === "PROG_LOAD";
}

const E2BIG = -7;
const EACCES = -13;
const EINVAL = -22;

/** Judges a refused command of which only the errno is known. */
export function judgeCommandName(
  cmd: string,
  errno: string,
  state: StraceState,
): JudgedCall | undefined {
  // Whether the call passed a token is unknown.
  const isCreate = cmd === "MAP_CREATE" || cmd === "PROG_LOAD";
  if (isCreate && errno === "EPERM") return otherCauses(cmd, errno);
  const args = `BPF_${cmd}, {}`;
  return judgeBpf({ pid: undefined, name: "bpf", args, result: -1, errno }, state);
}
