// SPDX-License-Identifier: MIT
import type { Kernel } from "@bpf-token/syscall";
import { kernelReleases } from "@bpf-token/uapi";
import { CannotTellError, oneOf, type Parsed, UsageError } from "./usage.js";

/** The backends that the command line knows. */
export const backends = ["model", "native"] as const;

/** How to open the kernel that the command line asks for. */
export interface KernelChoice {
  readonly backend: (typeof backends)[number];
  /** For people: `the model of Linux 6.18`, `the running kernel`. */
  readonly title: string;
  /** Opens a fresh kernel. */
  open(): Kernel;
}

/**
 * Reads `--backend` and `--release`. Backends are loaded only when asked for, so that the others
 * cost nothing.
 *
 * @throws UsageError for words that mean nothing; CannotTellError where the backend cannot run, with
 *   the reason.
 */
export async function chooseKernel(parsed: Parsed): Promise<KernelChoice> {
  const backend = oneOf("backend", String(parsed.values.backend ?? "model"), backends);
  const release = parsed.values.release;
  if (backend === "native") {
    if (release !== undefined) {
      throw new UsageError("--release chooses the model's release; the native kernel has its own");
    }
    return chooseNative();
  }
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const wanted = oneOf("release", String(release ?? kernelReleases.at(-1)), kernelReleases);
  return {
    backend,
    title: `the model of Linux ${wanted}`,
    open: () => createKernel({ release: wanted }),
  };
}

async function chooseNative(): Promise<KernelChoice> {
  const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
  const support = probeNative();
  if (!support.ok) throw new CannotTellError(`the native backend cannot run here: ${support.why}`);
  return {
    backend: "native",
    title: `the running kernel, Linux ${support.release}`,
    open: () => openNativeKernel(),
  };
}
