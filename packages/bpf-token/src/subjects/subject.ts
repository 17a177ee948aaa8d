// SPDX-License-Identifier: MIT
import type { SubjectOwn } from "@bpf-token/scenario";
import type { Kernel } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { subjectNames } from "../generated/subject-names.js";

export { subjectNames };
/** One of {@link subjectNames}, or a module that `bpf-token upstream build` compiled. */
export type SubjectName = (typeof subjectNames)[number] | `upstream:${string}`;

/** A kernel that scenarios can run on. */
export interface Subject {
  readonly backend: SubjectName;
  /** The release whose behaviour the kernel has; the newest modelled one if the kernel is newer. */
  readonly release: KernelRelease;
  /** Which of the kernel's code is not the model's. */
  readonly own: SubjectOwn;
  /** For an upstream module: its name in the store. */
  readonly upstream?: string;
  /** For an upstream module: the same code, instrumented to report the deciding source lines. */
  readonly exits?: WebAssembly.Module;
  /** For Linux's own BPF subsystem: the release that its module was built for. */
  readonly bpf?: string;
  /** A title for reports: `the model of Linux 6.18`. */
  readonly title: string;
  /** Whether scenarios share one kernel, because it takes seconds to start. */
  readonly shared: boolean;
  /**
   * Opens a fresh kernel.
   *
   * @param bare - opens a real kernel without the model that infers reasons. Default false.
   */
  open(bare?: boolean): Kernel;
}

/**
 * A subject is not available on this machine. The message names what is missing.
 *
 * @example
 * ```ts
 * try {
 *   await findSubject("guest:6.12");
 * } catch (error) {
 *   if (error instanceof SubjectUnavailableError) console.error(error.message);
 * }
 * ```
 */
export class SubjectUnavailableError extends Error {
  override readonly name = "SubjectUnavailableError" as const;
}
