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

/** A task in a user and a mount namespace of its own, root in there. */
export function container(kernel: WasmKernel): WasmTask {
  const task = kernel.init.fork();
  unshare(task, "user", "mnt");
  writeIdMaps(task, {}, kernel.init);
  return task;
}

/** A container with the root directory of a BPF FS that delegates everything, or what is said. */
export function delegated(
  kernel: WasmKernel,
  options: DelegationOptions = everything,
): { readonly task: WasmTask; readonly bpffs: OwnedFd<"dir"> } {
  const task = container(kernel);
  return { task, bpffs: delegateBpffs(task, kernel.init, options) };
}
