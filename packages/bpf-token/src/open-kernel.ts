// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import type { Kernel } from "@bpf-token/syscall";
import { type KernelRelease, newestRelease } from "@bpf-token/uapi";

/** Which kernel to open. */
export type Backend = "model" | "native";

/**
 * Opens a kernel by name, for programs that let their user choose.
 *
 * @param backend - `model`: the WebAssembly model, anywhere. `native`: the running kernel, Node on
 *   Linux ≥ 6.9 as root; it is loaded only when asked for. Why it refuses is inferred on the model.
 * @param release - the release that the model follows; default the newest. The running kernel has
 *   its own.
 * @throws RangeError for a release that the model does not know; what `openNativeKernel` throws
 *   where the running kernel cannot be used.
 */
export async function openKernel(
  backend: Backend,
  release: KernelRelease = newestRelease,
): Promise<Kernel> {
  if (backend === "model") return createKernel({ release });
  const { openNativeKernel } = await import("@bpf-token/kernel-native");
  return openNativeKernel({ model: createKernel });
}
