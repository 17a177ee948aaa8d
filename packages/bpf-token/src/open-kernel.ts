// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import type { Kernel } from "@bpf-token/syscall";
import { defaultRelease, type KernelRelease } from "@bpf-token/uapi";

/** The kernel that `openKernel` opens. */
export type Backend = "model" | "native";

/**
 * Opens a kernel by name, for programs that let their user choose.
 *
 * @param backend - `model`: the WebAssembly model, on any platform. `native`: the running kernel, in Node
 *   on Linux 6.9 or newer, as root. The reasons for its refusals are inferred on the model.
 * @param release - the release of the model; default `defaultRelease` of `@bpf-token/uapi`. The running kernel ignores it.
 * @throws RangeError for a release without a model. With `native`: what `openNativeKernel` throws if the
 *   running kernel cannot be used.
 * @example
 * ```ts
 * const kernel = await openKernel("model", "6.12");
 * ```
 */
export async function openKernel(
  backend: Backend,
  release: KernelRelease = defaultRelease,
): Promise<Kernel> {
  if (backend === "model") return createKernel({ release });
  const { openNativeKernel } = await import("@bpf-token/kernel-native");
  return openNativeKernel({ model: createKernel });
}
