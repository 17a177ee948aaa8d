// SPDX-License-Identifier: MIT
import {
  axisNames,
  type DelegationAxis,
  type DelegationMasks,
  formatMask,
  parseTokenMasks,
} from "@bpf-token/delegation";
import { type DecisionStep, fdinfo } from "@bpf-token/syscall";
import { ProgType } from "@bpf-token/uapi";
import { suffices } from "../doctor/capabilities.js";
import { maskSettings } from "../doctor/settings.js";
import type { TracedCall } from "../evidence/traced-call.js";
import { firstProbeLacks, isShortLoad } from "./probe.js";
import type { ModelProcess } from "./processes.js";
import { field, hasTokenFlag, tokenFd } from "./translate.js";

/** The setting that adds what the token lacks. */
export function maskFix(
  { missing, fix }: DecisionStep,
  call: TracedCall,
  process: ModelProcess | undefined,
): readonly string[] {
  const masks = masksOf(tokenFd(call), process);
  if (missing === undefined || missing.axis === "caps" || masks === undefined) {
    return fix === undefined ? [] : [fix];
  }
  const { axis, bit } = missing;
  return maskSettings(process?.facts?.manager, { [axis]: masks[axis] | (1n << BigInt(bit)) });
}

/** A token as evidence: its masks. */
export function tokenText(fd: number, process: ModelProcess | undefined): readonly string[] {
  const masks = masksOf(fd, process);
  if (masks === undefined) return [];
  const parts = axisNames.map((axis) => {
    return `${axis} ${masks[axis] === 0n ? "none" : formatMask(axis, masks[axis])}`;
  });
  return [`the token ${fd} allows: ${parts.join("; ")}`];
}

/** Whether a refused program type does not matter: libbpf's first probe loads a tracepoint next. */
export function hasAlternative(call: TracedCall, process: ModelProcess | undefined): boolean {
  const masks = masksOf(tokenFd(call), process);
  const isFirst = field(call, "prog_type") === ProgType.SOCKET_FILTER && isShortLoad(call);
  if (!isFirst || !hasTokenFlag(call) || masks === undefined) return false;
  const has = (axis: DelegationAxis, bit: number): boolean =>
    ((masks[axis] >> BigInt(bit)) & 1n) === 1n;
  const facts = process?.facts;
  const mayTrace = facts !== undefined && suffices(facts, "PERFMON");
  const [lack] = firstProbeLacks(has, mayTrace);
  return !has("progs", ProgType.SOCKET_FILTER) && lack?.axis !== "progs";
}

/** The masks of a token as the model's fdinfo shows them, which every release has. */
function masksOf(fd: number, process: ModelProcess | undefined): DelegationMasks | undefined {
  const model = process?.fds.get(fd);
  if (process === undefined || model === undefined) return undefined;
  const open = process.task.kernel.openFds(process.task).find((one) => one.fd === model);
  return open?.kind === "token" ? parseTokenMasks(fdinfo(process.task, model)) : undefined;
}
