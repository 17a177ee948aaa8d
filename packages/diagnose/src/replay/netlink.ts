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

/**
 * How a call changes whether a process has a program that no bpf() call attached. One that tries a link for
 * the program does not attach it by netlink, whatever the kernel answers.
 *
 * @param loaded - the file descriptor of the program.
 */
export function attachingBy(
  call: TracedCall,
  loaded: number | undefined,
): "loaded" | "attached" | undefined {
  if (call.name !== "bpf") return undefined;
  const cmd = commandIn(call) ?? "";
  const { prog_type, prog_fd, attach_bpf_fd } = fieldsIn(call);
  if (/^(?:LINK_CREATE|PROG_ATTACH|OBJ_PIN)$/.test(cmd)) {
    const isTried = loaded !== undefined && (prog_fd ?? attach_bpf_fd) === loaded;
    return call.result >= 0 || isTried ? "attached" : undefined;
  }
  if (call.result < 0) return undefined;
  const loads = cmd === "PROG_LOAD" && typeof prog_type === "number";
  return loads && netlinkTypes.has(prog_type) ? "loaded" : undefined;
}
