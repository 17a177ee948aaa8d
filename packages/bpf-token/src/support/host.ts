// SPDX-License-Identifier: MIT
import type {
  Attempt,
  HostEnvironment,
  MachineSupport,
  NativeSupport,
  ProcessSupport,
  TokenAttempt,
  TypeSupport,
} from "@bpf-token/kernel-native";
import type { Kernel } from "@bpf-token/syscall";

/** The types and commands of a kernel, or why they are unknown. */
export type KernelTypes = TypeSupport | { readonly why: string };

/** The features of the running kernel, and the permissions of this process. */
export interface HostSupport {
  readonly native: NativeSupport;
  readonly machine: MachineSupport;
  readonly types: KernelTypes;
  readonly process: ProcessSupport & {
    /** The permissions of this process, without a token; or why they are unknown. */
    readonly may: readonly Attempt[] | { readonly why: string };
    /** The result of creating a token from each bpffs that is visible to this process. */
    readonly tokens: readonly TokenAttempt[];
  };
}

/**
 * Describes the running kernel and this process. It makes calls that create maps, programs and tokens,
 * and closes everything that it created. Works in Node on Linux; elsewhere the result gives the reason.
 *
 * @param host - properties of the machine and this process, in place of the detected ones.
 * @example
 * ```ts
 * const { native, process } = await describeHost();
 * ```
 */
export async function describeHost(host?: HostEnvironment): Promise<HostSupport> {
  const native = await import("@bpf-token/kernel-native");
  const support = native.probeNative({ host });
  const process = native.describeProcess(host);
  return {
    native: support,
    machine: native.describeMachine(),
    types: await describeTypes(support),
    process: { ...process, ...(await tryProcess(process)) },
  };
}

async function describeTypes(support: NativeSupport): Promise<KernelTypes> {
  if (!support.ok) return { why: support.why ?? "the native backend is not available" };
  const native = await import("@bpf-token/kernel-native");
  let kernel: Kernel | undefined;
  try {
    kernel = native.openNativeKernel();
    return native.probeTypes(kernel.init);
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    return { why: error.why };
  } finally {
    kernel?.close();
  }
}

async function tryProcess({
  bpffs,
}: ProcessSupport): Promise<Pick<HostSupport["process"], "may" | "tokens">> {
  const native = await import("@bpf-token/kernel-native");
  try {
    const task = native.currentTask();
    const tokens = bpffs.map((one) => native.attemptToken(task, one));
    return { may: native.attempt(task), tokens };
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    return { may: { why: error.why }, tokens: [] };
  }
}
