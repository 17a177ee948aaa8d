// SPDX-License-Identifier: MIT
import { MapType } from "@bpf-token/uapi";
import { commandIn, fieldsIn } from "./call-text.js";
import type { TracedCall } from "./traced-call.js";

/** The most instructions of a feature probe without a name. */
const LONGEST = 5;

/**
 * Returns the name of the feature probe of a loader that a call is, as far as it can be recognised;
 * undefined if it is none. libbpf names some of its probes. The others have few instructions, no name,
 * and neither the kernel version nor the line info that it gives its real programs.
 */
export function probeName(call: TracedCall): string | undefined {
  const { map_name, prog_name, insn_cnt, kern_version, line_info_cnt } = fieldsIn(call);
  for (const name of [map_name, prog_name]) {
    if (typeof name === "string" && /^libbpf_/.test(name))
      return `a feature probe of libbpf, ${name}`;
  }
  if (isStructOpsProbe(call)) return "a feature probe";
  if (isLinkProbe(call)) return "a feature probe, without a target";
  // Only PROG_LOAD has instructions.
  if (typeof insn_cnt !== "number") return undefined;
  const unnamed = prog_name === "" || prog_name === undefined;
  const bare = unnamed && !kern_version && !line_info_cnt;
  if (insn_cnt <= 2 ? unnamed || prog_name === "test" : bare && insn_cnt <= LONGEST) {
    return "a feature probe";
  }
  return undefined;
}

/** systemd creates a link to no cgroup, and expects EBADF. */
function isLinkProbe(call: TracedCall): boolean {
  return commandIn(call) === "LINK_CREATE" && fieldsIn(call).target_fd === 0xffff_ffff;
}

/** libbpf creates a struct_ops map of the first type, and expects ENOTSUPP. */
function isStructOpsProbe(call: TracedCall): boolean {
  if (commandIn(call) !== "MAP_CREATE") return false;
  const { map_type, btf_fd, btf_vmlinux_value_type_id } = fieldsIn(call);
  return map_type === MapType.STRUCT_OPS && btf_fd === 0 && btf_vmlinux_value_type_id === 1;
}
