// SPDX-License-Identifier: MIT
import { type CheckId, checkById, checkTable, fixFor } from "@bpf-token/uapi";
import { type KernelCauseId, kernelCauses } from "./causes/kernel.js";
import { type PermissionCauseId, permissionCauses } from "./causes/permission.js";
import { type ProgramCauseId, programCauses } from "./causes/program.js";
import type { CauseKind, CauseText } from "./causes/text.js";
import { type TokenCauseId, tokenCauses } from "./causes/token.js";
import { type ToolCauseId, toolCauses } from "./causes/tool.js";

/** The id of a cause that no check of the model describes. docs/explain.md has a section for each. */
export type OwnCauseId = TokenCauseId | PermissionCauseId | KernelCauseId | ProgramCauseId;

/** The id of a cause: a check id of docs/checks.md, or an id of docs/explain.md or docs/doctor.md. */
export type CauseId = OwnCauseId | CheckId;

/**
 * The causes that no check describes, by id.
 *
 * @example
 * ```ts
 * ownCauses["explain.memlock"].fix; // how to raise the limit
 * ```
 */
export const ownCauses: Readonly<Record<OwnCauseId, CauseText>> = {
  ...tokenCauses,
  ...permissionCauses,
  ...kernelCauses,
  ...programCauses,
};

const isOwn = (id: CauseId): id is OwnCauseId => Object.hasOwn(ownCauses, id);

/**
 * Returns the texts of a cause; those of a check come from the table of checks.
 *
 * @example
 * ```ts
 * causeText("token.create.init_ns").decides; // "readlink /proc/PID/ns/user: …"
 * ```
 */
export function causeText(id: CauseId): CauseText {
  if (isOwn(id)) return ownCauses[id];
  const fix = fixFor(id);
  const [kind, decides] = fieldOf(id);
  return {
    kind,
    cause: checkById(id)?.sentence ?? id,
    decides,
    fix: fix === undefined ? [] : [fix],
  };
}

/**
 * Returns the texts of a finding of any tool: `explain`, `doctor` or `trace`.
 *
 * @param id - an id as the tools print it in brackets.
 * @returns `undefined` for another text.
 * @example
 * ```ts
 * findingText("trace.seccomp")?.fix; // ["permit bpf() in the seccomp profile of the container"]
 * ```
 */
export function findingText(id: string): CauseText | undefined {
  if (Object.hasOwn(toolCauses, id)) return toolCauses[id as ToolCauseId];
  const isKnown = Object.hasOwn(ownCauses, id) || checkById(id) !== undefined;
  return isKnown ? causeText(id as CauseId) : undefined;
}

/**
 * Returns the ids that {@link findingText} knows, sorted.
 *
 * @example
 * ```ts
 * findingIds().filter((id) => id.startsWith("doctor."));
 * ```
 */
export function findingIds(): readonly string[] {
  const own = [...Object.keys(toolCauses), ...Object.keys(ownCauses)];
  return [...own, ...checkTable().map(({ id }) => id)].sort();
}

const CAPABILITIES =
  "CapEff in /proc/PID/status, decoded by `capsh --decode=…`; without a token it counts only in the host's user namespace";
const MASKS = "delegate_… of the BPF filesystem in /proc/PID/mountinfo, or `bpf-token doctor`";
const MOUNTING =
  "which process calls fsopen() and fsconfig(), and in which user and mount namespace";

/** The kind of a check, and what decides about it. */
const fields: readonly (readonly [RegExp, CauseKind, string])[] = [
  [/^token\.dropped\.lsm$/, "policy", "the audit log: ausearch -m avc, journalctl -k"],
  [/^token\.dropped\./, "token", MASKS],
  [/^token\.create\.capable$/, "token", CAPABILITIES],
  [
    /^token\.create\.init_ns$/,
    "token",
    "readlink /proc/PID/ns/user: user:[4026531837] is the initial user namespace",
  ],
  [/^token\.create\.delegation$/, "token", MASKS],
  [
    /^token\.create\.userns$/,
    "token",
    "whether the host's /proc/1/mountinfo lists the same filesystem: its owner is then the host",
  ],
  [/^token\./, "token", "the arguments of the call: strace -v -e trace=bpf"],
  [/^(?:option|bpffs|fsconfig)\./, "token", MOUNTING],
  [/^(?:fsopen|mount)\./, "capability", MOUNTING],
  [/^fd\.limit$/, "setup", "`ulimit -n` in the program's environment, and ls /proc/PID/fd"],
  [/^lsm\./, "policy", "the audit log: ausearch -m avc, journalctl -k"],
  [
    /^bpf\.command$|^bpf\.tail$|^bpf\.size$|^bpf\.configured$/,
    "kernel",
    "uname -r, compared with the release that introduced the command or field",
  ],
  [/^(permission|path|obj)\./, "setup", "ls -ld of each directory of the path, as that user"],
  [/\.(capable|sysctl|bpf|net_admin|perfmon|admin)$|^bpf\.admin$/, "capability", CAPABILITIES],
  [/^verify\.(?:leak|stack\.read|back_edge|helper\.\w+)$/, "capability", CAPABILITIES],
  [/^verify\./, "program", "the last lines of the verifier's log"],
];

function fieldOf(id: CheckId): readonly [CauseKind, string] {
  const found = fields.find(([pattern]) => pattern.test(id));
  return found === undefined
    ? ["program", "the arguments of the call: strace -v -e trace=bpf"]
    : [found[1], found[2]];
}
