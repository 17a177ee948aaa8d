// SPDX-License-Identifier: MIT
import type { SubjectOwn } from "@bpf-token/scenario";
import type { Kernel } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";

/** The subjects that have a name of their own. */
export const subjectNames = [
  "model",
  "native",
  "guest:6.12",
  "guest:6.18",
  "guest:6.19",
  "guest:7.0",
  "guest:7.1",
  "guest:7.2",
  "guest:7.3",
  "guest:uml",
] as const;
/** One of {@link subjectNames}, or a module of `bpf-token upstream build`. */
export type SubjectName = (typeof subjectNames)[number] | `upstream:${string}`;

/** A kernel that scenarios can run on. */
export interface Subject {
  readonly backend: SubjectName;
  /** The release whose behaviour it has; the newest modelled one for a kernel that is newer. */
  readonly release: KernelRelease;
  /** Which of its code is not the model's. */
  readonly own: SubjectOwn;
  /** Of an upstream module: the same module, instrumented to report the deciding lines. */
  readonly exits?: WebAssembly.Module;
  /** For people: `the model of Linux 6.18`, `the running kernel`. */
  readonly title: string;
  /** Whether scenarios share a kernel, because it takes seconds to start. */
  readonly shared: boolean;
  /**
   * Opens a fresh kernel.
   *
   * @param bare - without a model that infers why a real kernel refuses. Default false.
   */
  open(bare?: boolean): Kernel;
}

/** A subject is not available here; the message says what is missing. */
export class SubjectUnavailableError extends Error {
  override readonly name = "SubjectUnavailableError" as const;
}
