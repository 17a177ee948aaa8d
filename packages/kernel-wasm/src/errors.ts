// SPDX-License-Identifier: GPL-2.0-only
import { KernelLostError } from "@bpf-token/syscall";
import { type KernelRelease, kernelReleases } from "@bpf-token/uapi";

/**
 * The kernel crashed: its module trapped, or the host stopped a loop that does not end. The cause
 * is a bug of the model or of the upstream source in the module. It is never the answer to a call.
 *
 * The kernel cannot be used afterwards. Every later call throws a `KernelCrashed` with the first
 * cause.
 *
 * @example
 * ```ts
 * try {
 *   run(kernel, scenario);
 * } catch (error) {
 *   if (error instanceof KernelCrashed) console.error(error.reason, error.cause);
 * }
 * ```
 */
export class KernelCrashed extends KernelLostError {
  override readonly name = "KernelCrashed" as const;

  constructor(who: string, reason: string, cause: unknown) {
    super(`${who} crashed: ${reason}`, { cause });
  }
}

/**
 * A WebAssembly module is not a usable kernel: it lacks an export or was built for another version.
 *
 * @example
 * ```ts
 * try {
 *   createKernel({ module });
 * } catch (error) {
 *   if (error instanceof ModuleError) console.error(error.message);
 * }
 * ```
 */
export class ModuleError extends Error {
  override readonly name = "ModuleError" as const;
}

/**
 * The requested release does not exist, has no tokens, or is newer than every model.
 *
 * @example
 * ```ts
 * try {
 *   createKernel({ release });
 * } catch (error) {
 *   if (error instanceof UnknownReleaseError) console.error(`use one of ${error.known.join(", ")}`);
 * }
 * ```
 */
export class UnknownReleaseError extends RangeError {
  override readonly name = "UnknownReleaseError" as const;
  /** The requested release. */
  readonly release: string;
  /** The modelled releases, oldest first. */
  readonly known: readonly KernelRelease[];

  constructor(release: string, cause: RangeError) {
    super(cause.message, { cause });
    this.release = release;
    this.known = kernelReleases;
  }
}

/**
 * A module with upstream source was compiled for one release, and the caller requested another.
 *
 * @example
 * ```ts
 * try {
 *   createKernel({ module, release: "6.18" });
 * } catch (error) {
 *   if (error instanceof ReleaseMismatchError) createKernel({ module, release: error.built });
 * }
 * ```
 */
export class ReleaseMismatchError extends RangeError {
  override readonly name = "ReleaseMismatchError" as const;
  /** The release that the module was compiled for. */
  readonly built: KernelRelease;
  /** The requested release. */
  readonly release: KernelRelease;

  constructor(built: KernelRelease, release: KernelRelease) {
    super(`the module was compiled for ${built}, not ${release}. Fix: compile it for ${release}`);
    this.built = built;
    this.release = release;
  }
}

/**
 * A snapshot belongs to another kernel, or the value is not a snapshot.
 *
 * @example
 * ```ts
 * try {
 *   createKernel().restore(kernel.snapshot());
 * } catch (error) {
 *   if (error instanceof SnapshotError) console.error(error.message);
 * }
 * ```
 */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError" as const;
}

/**
 * A callback of `kernel.lsm.on()` used the kernel that waits for the callback's answer.
 *
 * @example
 * ```ts
 * kernel.lsm.on("bpf", () => {
 *   kernel.init.fork(); // throws ReentryError
 *   return 0;
 * });
 * ```
 */
export class ReentryError extends Error {
  override readonly name = "ReentryError" as const;

  constructor() {
    super(
      "the kernel waits for the answer of a callback of lsm.on(), so the callback must not use it",
    );
  }
}
