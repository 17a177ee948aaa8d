// SPDX-License-Identifier: GPL-2.0-only
import {
  type DelegationOptions,
  delegateBpffs,
  type OwnedFd,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import type { WasmKernel, WasmTask } from "../src/index.ts";

const everything: DelegationOptions = {
  delegate_cmds: "any",
  delegate_maps: "any",
  delegate_progs: "any",
  delegate_attachs: "any",
};

/** A task with its own user and mount namespace, in which it is root. */
export function container(kernel: WasmKernel): WasmTask {
  const task = kernel.init.fork();
  unshare(task, "user", "mnt");
  writeIdMaps(task, {}, kernel.init);
  return task;
}

/** A container with the root directory of a bpffs. Default: it delegates everything. */
export function delegated(
  kernel: WasmKernel,
  options: DelegationOptions = everything,
): { readonly task: WasmTask; readonly bpffs: OwnedFd<"dir"> } {
  const task = container(kernel);
  return { task, bpffs: delegateBpffs(task, kernel.init, options) };
}
