// SPDX-License-Identifier: GPL-2.0-only
import { KernelLostError } from "@bpf-token/syscall";

/**
 * The module trapped in the middle of a call, so its state is not valid any more. Every later call
 * throws this error again, until {@link BpfKernel.restore} returns to a snapshot.
 *
 * @example
 * ```ts
 * try {
 *   task.syscall(321, 5, attr, attr.length);
 * } catch (error) {
 *   if (error instanceof BpfKernelTrap) console.error(error.reason, error.functions);
 * }
 * ```
 */
export class BpfKernelTrap extends KernelLostError {
  override readonly name = "BpfKernelTrap" as const;
  /** The functions of the kernel on the stack, innermost first. */
  readonly functions: readonly string[];

  constructor(reason: string, functions: readonly string[], cause: unknown) {
    super(`${reason}. Fix: restore a snapshot`, { cause });
    this.functions = functions;
  }
}

/**
 * The module, the BTF and the release do not belong together, or one of them is damaged.
 *
 * @example
 * ```ts
 * try {
 *   createBpfKernel({ module, btf, release: "7.3" });
 * } catch (error) {
 *   if (error instanceof BpfModuleError) console.error(error.message);
 * }
 * ```
 */
export class BpfModuleError extends Error {
  override readonly name = "BpfModuleError" as const;
}
