// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import { type BpfKernel, BpfTask } from "@bpf-token/kernel-bpf";
import { Token } from "@bpf-token/loader";
import {
  createToken,
  type DelegationOptions,
  delegateBpffs,
  type Kernel,
  setCapabilities,
  type Task,
} from "@bpf-token/syscall";
import { CannotRunError } from "./runnable.js";

/** Whether the kernel is Linux's own BPF subsystem in a module. */
export function hasOwnSubsystem(kernel: Kernel): boolean {
  return kernel.init instanceof BpfTask;
}

/**
 * Returns the kernel if it is Linux's own BPF subsystem.
 *
 * @throws CannotRunError for other kernels, with what they do not have.
 */
export function ownSubsystem(kernel: Kernel, what: string): BpfKernel {
  if (kernel.init instanceof BpfTask) return kernel.init.kernel;
  throw new CannotRunError(`${kernel.backend} has no ${what}`);
}

/** CAP_CHECKPOINT_RESTORE is the last capability. */
const ALL = (1n << 41n) - 1n;

/** The process that loads the object of a test. */
interface TestProcess {
  readonly task: Task;
  readonly token: Token | "never";
}

/** Creates the process: its user namespace, token and capabilities. */
export function testProcess(
  kernel: Kernel,
  options: {
    readonly delegation: Delegation | DelegationOptions | undefined;
    readonly capabilities: bigint | undefined;
  },
): TestProcess {
  const { delegation, capabilities } = options;
  if (delegation === undefined && capabilities === undefined)
    return { task: kernel.init, token: "never" };
  const own = ownSubsystem(kernel, "process whose capabilities and token a test can choose");
  const task = delegation === undefined ? own.init.fork() : own.createChild();
  const token =
    delegation && Token.of(createToken(task, delegateBpffs(task, kernel.init, delegation)));
  if (capabilities !== undefined) {
    const mask = capabilities & ALL;
    setCapabilities(task, { effective: mask, permitted: mask, inheritable: 0n });
  }
  return { task, token: token ?? "never" };
}
