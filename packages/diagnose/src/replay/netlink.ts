// SPDX-License-Identifier: MIT
import { ProgType } from "@bpf-token/uapi";
import { commandIn, fieldsIn } from "../evidence/call-text.js";
import type { TracedCall } from "../evidence/traced-call.js";

/** The program types that many loaders attach by netlink. */
export const netlinkTypes: ReadonlySet<number> = new Set([
  ProgType.XDP,
  ProgType.SCHED_CLS,
  ProgType.SCHED_ACT,
]);

/** How a successful call changes whether a process has a program that no bpf() call attached. */
export function attachingBy(call: TracedCall): "loaded" | "attached" | undefined {
  if (call.name !== "bpf" || call.result < 0) return undefined;
  const cmd = commandIn(call) ?? "";
  if (/^(?:LINK_CREATE|PROG_ATTACH|OBJ_PIN)$/.test(cmd)) return "attached";
  const { prog_type } = fieldsIn(call);
  const loads = cmd === "PROG_LOAD" && typeof prog_type === "number";
  return loads && netlinkTypes.has(prog_type) ? "loaded" : undefined;
}
