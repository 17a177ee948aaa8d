// SPDX-License-Identifier: MIT
import { release } from "node:os";
import { describeMachine } from "@bpf-token/kernel-native";
import { createKernel, type WasmKernel } from "@bpf-token/kernel-wasm";
import { factsRelease } from "@bpf-token/uapi";

/** Creates a model with the release, the sysctl and the type information of the running kernel. */
export function createMachineModel(): WasmKernel {
  const { unprivilegedBpfDisabled, btf } = describeMachine();
  const options = { release: factsRelease(release()), vmlinuxBtf: btf };
  const sysctl = unprivilegedBpfDisabled as 0 | 1 | 2 | undefined;
  return createKernel(
    sysctl === undefined ? options : { ...options, unprivilegedBpfDisabled: sysctl },
  );
}
