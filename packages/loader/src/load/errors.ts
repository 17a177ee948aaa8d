// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";

/**
 * The kind of permission that a call lacks: a delegate mask or a capability. See {@link Missing}.
 */
export type Axis = "command" | "map type" | "program type" | "attach type" | "capability";

/** A permission that is missing, and how to grant it. See {@link LoadError}. */
export interface Missing {
  /** Which delegate mask has no bit for the object, or that a capability is missing. */
  readonly axis: Axis;
  /** The setting that lacks it: `delegate_maps`, or `capabilities`. */
  readonly option: string;
  /** What to add to the setting: `btf_load`, `hash`, `CAP_BPF`. */
  readonly add: string;
  /**
   * Who has to change it: the `host` that mounts the BPF filesystem, or the manager that starts the
   * `process` with its capabilities.
   */
  readonly holder: "host" | "process";
  /** What lacks it, in one sentence. */
  readonly cause: string;
  /** The complete setting (`delegate_maps=array:hash`), and where it belongs. */
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
 * An object was not loaded. The message names the step, the cause, the consequence and the fix. The
 * loader has closed everything that it had opened.
 *
 * @example
 * ```ts
 * try {
 *   Collection.load(task, bytes);
 * } catch (error) {
 *   if (!(error instanceof LoadError)) throw error;
 *   for (const { option, add } of error.missing) console.error(`${option}: add ${add}`);
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
  /**
   * Everything that the token or the process lacks for this object, that of the refused call first.
   * Empty if a missing permission is not the reason.
   */
  readonly missing: readonly Missing[];
  /** The kernel's log: the verifier's for a program; for a map since Linux 7.2. Empty if there is none. */
  readonly log: string;
  /** The error of the system call, if the kernel refused one. */
  declare readonly cause: BpfError | undefined;

  constructor(
    place: LoadPlace,
    reason: string,
    more: {
      readonly cause?: unknown;
      readonly missing?: readonly Missing[];
      readonly log?: string;
    } = {},
  ) {
    const { phase, subject = "" } = place;
    const where = subject === "" ? phase : `${phase} ${subject}`;
    const missing = more.missing ?? [];
    const text =
      missing.length === 0 ? reason : `${causesOf(missing)}: ${reason}; ${fixesOf(missing)}`;
    super(`${where}: ${text}`, more.cause === undefined ? {} : { cause: more.cause });
    this.phase = phase;
    this.subject = subject;
    this.reason = reason;
    this.missing = missing;
    this.log = more.log ?? "";
  }

  /** Name of the errno, if the kernel refused a call. */
  get code(): BpfError["code"] | undefined {
    return this.cause?.code;
  }

  /** The error number, positive, if the kernel refused a call. */
  get errno(): number | undefined {
    return this.cause?.errno;
  }
}

const causesOf = (missing: readonly Missing[]): string =>
  [...new Set(missing.map(({ cause }) => cause))].join("; ");
const fixesOf = (missing: readonly Missing[]): string =>
  `fix: ${[...new Set(missing.map(({ fix }) => fix))].join("; ")}`;
