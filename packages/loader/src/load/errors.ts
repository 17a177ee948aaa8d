// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";

/**
 * The kind of permission that a call lacks: a delegate mask or a capability. See {@link Missing}.
 */
export type Axis = "command" | "map type" | "program type" | "attach type" | "capability";

/** The permission that was missing, and how to grant it. See {@link LoadError}. */
export interface Missing {
  /** Which delegate mask has no bit for the call, or that a capability is missing. */
  readonly axis: Axis;
  /** The missing bit or capability: `btf_load`, `hash`, `CAP_BPF`. */
  readonly name: string;
  /** Why the call lacks it, in one sentence. */
  readonly cause: string;
  /** What to change, such as a mount option (`delegate_maps=array:hash`). */
  readonly fix: string;
}

/** The step in which a load failed. See {@link LoadError}. */
export type LoadPhase =
  | "token"
  | "btf"
  | "map"
  | "relocation"
  | "extern"
  | "program"
  | "pin"
  | "link";

/** The step and subject in which a load failed. See {@link LoadError}. */
export interface LoadPlace {
  /** The step. */
  readonly phase: LoadPhase;
  /** The map, program or extern, if the step has one. */
  readonly subject?: string;
}

/**
 * An object was not loaded. The message names the step, the reason and the fix. The loader has
 * closed everything that it had opened.
 *
 * @example
 * ```ts
 * try {
 *   Collection.load(task, bytes);
 * } catch (error) {
 *   if (error instanceof LoadError && error.missing?.axis === "map type") {
 *     console.error(`delegate map type ${error.missing.name}`);
 *   }
 * }
 * ```
 */
export class LoadError extends Error {
  override readonly name = "LoadError" as const;
  /** The step that failed. */
  readonly phase: LoadPhase;
  /** The map, program or extern; empty if the step has none. */
  readonly subject: string;
  /** The reason, without step and fix. */
  readonly reason: string;
  /** The missing permission, if that was the reason. */
  readonly missing: Missing | undefined;
  /** The kernel's log: the verifier's for a program; for a map since Linux 7.2. Empty if there is none. */
  readonly log: string;
  /** The error of the system call, if the kernel refused one. */
  declare readonly cause: BpfError | undefined;

  constructor(
    place: LoadPlace,
    reason: string,
    more: { readonly cause?: unknown; readonly missing?: Missing; readonly log?: string } = {},
  ) {
    const { phase, subject = "" } = place;
    const where = subject === "" ? phase : `${phase} ${subject}`;
    const way = more.missing === undefined ? "" : `; ${more.missing.cause}; ${more.missing.fix}`;
    super(`${where}: ${reason}${way}`, more.cause === undefined ? {} : { cause: more.cause });
    this.phase = phase;
    this.subject = subject;
    this.reason = reason;
    this.missing = more.missing;
    this.log = more.log ?? "";
  }
}
