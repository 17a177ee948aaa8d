// SPDX-License-Identifier: GPL-2.0-only
import { KernelLostError } from "@bpf-token/syscall";
import { type KernelRelease, kernelReleases } from "@bpf-token/uapi";
import { unknownWord } from "./words.js";

/**
 * The kernel broke down: its module trapped, or was stopped in a loop that does not end. A bug of the
 * model or of the kernel's own text in it, never the answer to a call.
 *
 * The kernel is dead from then on; every later call throws this error's like, with the first cause.
 */
export class KernelCrashed extends KernelLostError {
  override readonly name = "KernelCrashed" as const;

  constructor(who: string, reason: string, cause: unknown) {
    super(`${who} crashed: ${reason}`, { cause });
  }
}

/** A WebAssembly module that is not a kernel: it lacks an export, or has another version. */
export class ModuleError extends Error {
  override readonly name = "ModuleError" as const;
}

/** A release that no kernel of this package follows. */
export class UnknownReleaseError extends RangeError {
  override readonly name = "UnknownReleaseError" as const;
  /** What was asked for. */
  readonly release: string;
  /** What there is, the oldest first. */
  readonly known: readonly KernelRelease[];

  constructor(release: string) {
    super(unknownWord("kernel release", release, kernelReleases));
    this.release = release;
    this.known = kernelReleases;
  }
}

/** A module stands on the text of one release and was asked to follow another. */
export class ReleaseMismatchError extends RangeError {
  override readonly name = "ReleaseMismatchError" as const;
  /** What the module was compiled for. */
  readonly built: KernelRelease;
  /** What was asked for. */
  readonly release: KernelRelease;

  constructor(built: KernelRelease, release: KernelRelease) {
    super(`the module was compiled for ${built} and cannot be ${release}: compile it for that one`);
    this.built = built;
    this.release = release;
  }
}

/** A snapshot that does not belong to the kernel it was given to. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError" as const;
}

/** A callback of `kernel.lsm.on()` asked something of the kernel that is waiting for its answer. */
export class ReentryError extends Error {
  override readonly name = "ReentryError" as const;

  constructor() {
    super("the kernel is in the middle of a call: a callback of lsm.on() must not use it");
  }
}
