// SPDX-License-Identifier: MIT
import type { HelperId } from "@bpf-token/uapi";

/** Names instead of ids: reading `HelperId` here would keep the whole table in every bundle. */
type HelperName = keyof typeof HelperId;

/** libbpf replaces these by older helpers on kernels without bpf_probe_read_kernel(). */
export const replacedReads: ReadonlySet<string> = new Set<HelperName>([
  "probe_read_kernel",
  "probe_read_kernel_str",
  "probe_read_user",
  "probe_read_user_str",
]);
