// SPDX-License-Identifier: GPL-2.0-only

/**
 * Linux's own BPF subsystem, with its verifier, as a kernel of `@bpf-token/syscall`.
 *
 * @packageDocumentation
 */
export { type BpfKernelOptions, createBpfKernel } from "./create.js";
export { BpfKernelTrap, BpfModuleError } from "./errors.js";
export { BpfKernel, type BpfSnapshot } from "./kernel.js";
export type { InstructionCounts } from "./observe.js";
export { BpfTask, type CapabilityAsked } from "./task.js";
export {
  LimitedWorker,
  type StartWorker,
  serveRequests,
  TimeLimitError,
  WorkerError,
  type WorkerListener,
  type WorkerPort,
  type WorkerThread,
  webWorker,
} from "./worker.js";
