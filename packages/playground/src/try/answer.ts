// SPDX-License-Identifier: MIT
// The model's answer to a state, in the form that the page shows.
import type { DecisionStep } from "@bpf-token/syscall";
import type { TryState } from "../state/try-state.js";
import { askModel, type StageResult } from "./ask.js";
import { checksOf, placeOf, type Stage, type StageCheck } from "./checks.js";
import { type Fix, findFixes } from "./fixes.js";

/** What happened at a check. `ignored`: the kernel ignores the token and continues. */
export type CheckStatus = "passed" | "refused" | "ignored" | "unreached";

/** A check of the path. */
export interface CheckRow {
  readonly id: string;
  readonly label: string;
  readonly status: CheckStatus;
  /** The kernel function: `bpf_token_create() in kernel/bpf/token.c`. */
  readonly place: string;
  /** Present if the check refused or ignored the token. */
  readonly sentence?: string;
  readonly required?: string;
  readonly actual?: string;
  readonly advice?: string;
}

/** A stage of the path. */
export interface StageRow {
  readonly stage: Stage;
  readonly call: string;
  readonly status: "passed" | "refused" | "unreached";
  readonly errno?: string;
  /** Why the stage has no checks of the token. */
  readonly remark?: string;
  readonly checks: readonly CheckRow[];
}

/** The answer of the model. */
export interface Answer {
  readonly ok: boolean;
  /** The call that decided. */
  readonly call: string;
  /** The name of the errno; undefined if every call succeeds. */
  readonly errno?: string;
  /** What the first deciding check found. */
  readonly cause?: string;
  /** What the refusing check found, if it is another one than that of the cause. */
  readonly consequence?: string;
  /** A remark about a success. */
  readonly note?: string;
  readonly stages: readonly StageRow[];
  readonly fixes: readonly Fix[];
}

/**
 * Runs a state on the model.
 *
 * @example
 * ```ts
 * answerOf(defaultState).errno; // "EPERM"
 * ```
 */
export function answerOf(state: TryState): Answer {
  const results = askModel(state);
  const last = results[results.length - 1] as StageResult;
  const { call, errno, decisions } = last;
  const stages = stagesOf(state).map((stage) =>
    stageRow(
      stage,
      results.find((result) => result.stage === stage),
      remarkOf(state, stage),
    ),
  );
  const [first] = decisions;
  if (errno === undefined) {
    const note = first?.errno === undefined ? first?.sentence : undefined;
    return { ok: true, call, stages, fixes: [], ...(note === undefined ? {} : { note }) };
  }
  const final = decisions[decisions.length - 1];
  return {
    ok: false,
    call,
    errno,
    ...(first && { cause: first.sentence }),
    ...(final && final !== first && { consequence: final.sentence }),
    stages,
    fixes: findFixes(state, results),
  };
}

function stagesOf({ token, action }: TryState): readonly Stage[] {
  if (action === "token") return ["mount", "token"];
  return token ? ["mount", "token", action] : [action];
}

function remarkOf({ token, flag }: TryState, stage: Stage): string | undefined {
  if (stage === "mount" || stage === "token") return undefined;
  if (!token) return "The call passes no token.";
  return flag ? undefined : "Without BPF_F_TOKEN_FD the kernel does not read the token.";
}

const names: Readonly<Record<Stage, string>> = {
  mount: "Mount the bpffs",
  token: "BPF_TOKEN_CREATE",
  map: "BPF_MAP_CREATE",
  prog: "BPF_PROG_LOAD",
  btf: "BPF_BTF_LOAD",
};

function stageRow(
  stage: Stage,
  result: StageResult | undefined,
  remark: string | undefined,
): StageRow {
  const rows = checksOf(stage).filter(({ when }) => when !== "token" || remark === undefined);
  const head = { stage, call: names[stage], ...(remark === undefined ? {} : { remark }) };
  if (result === undefined) {
    const checks = rows.filter(({ when }) => when !== "lsm").map((row) => plain(row, "unreached"));
    return { ...head, status: "unreached", checks };
  }
  const { decisions, errno } = result;
  const refusedAt = rows.findIndex(({ id }) => id === decisions.at(-1)?.check);
  const end = errno === undefined ? rows.length : refusedAt;
  const checks = rows.flatMap((row, i) => checkRow(row, i < end, decisions));
  const status = errno === undefined ? "passed" : "refused";
  return { ...head, status, checks, ...(errno === undefined ? {} : { errno }) };
}

function checkRow(
  row: StageCheck,
  before: boolean,
  decisions: readonly DecisionStep[],
): readonly CheckRow[] {
  const found = decisions.find(({ check }) => check === row.id);
  if (found === undefined) {
    if (row.when === "lsm") return [];
    // After the kernel ignored the token, it asks for nothing else of it.
    const ignored = decisions.findIndex(({ check }) => check.startsWith("token.dropped."));
    if (row.when === "token" && ignored >= 0 && before) {
      return isBefore(row.id, decisions[ignored]?.check) ? [plain(row, "passed")] : [];
    }
    return [plain(row, before ? "passed" : "unreached")];
  }
  const { sentence, needed, present, fix } = found;
  // What follows the cause is only its consequence, and needs no advice.
  const advice = found === decisions[0] ? fix : undefined;
  return [
    {
      ...plain(row, found.errno === undefined ? "ignored" : "refused"),
      sentence,
      ...(needed && { required: nameNamespaces(needed) }),
      ...(present && { actual: nameNamespaces(present) }),
      ...(advice && { advice }),
    },
  ];
}

/** The model numbers user namespaces in the order in which a run creates them; 0 is none yet. */
const namespaces = ["another", "the initial", "the container's", "the nested"];

function nameNamespaces(text: string): string {
  return text.replace(/user namespace #([0-3])\b/g, (_, number: string) => {
    return `${namespaces[Number(number)]} user namespace`;
  });
}

const dropOrder = ["cmd", "lsm", "map", "prog", "attach"].map((name) => `token.dropped.${name}`);

function isBefore(id: string, other: string | undefined): boolean {
  return dropOrder.indexOf(id) < dropOrder.indexOf(other ?? "");
}

function plain({ id, label }: StageCheck, status: CheckStatus): CheckRow {
  return { id, label, status, place: placeOf(id) };
}
