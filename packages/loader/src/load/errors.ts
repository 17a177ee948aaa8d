// SPDX-License-Identifier: MIT
import type { BpfError } from "@bpf-token/syscall";

/** What of a delegation, or of the one who uses it, is too little. */
export type Axis = "command" | "map type" | "program type" | "attach type" | "capability";

/** What was missing, and what to do. */
export interface Missing {
  readonly axis: Axis;
  /** The name: `btf_load`, `hash`, `CAP_BPF`. */
  readonly name: string;
  /** The line to add, as a mount option (`delegate_maps=array:hash`) or in words. */
  readonly line: string;
}

/** What was being done when a load failed. */
export type LoadPhase =
  | "token"
  | "btf"
  | "map"
  | "relocation"
  | "extern"
  | "program"
  | "pin"
  | "link";

/** Where a load failed. */
export interface LoadPlace {
  readonly phase: LoadPhase;
  /** The map, program or extern, if it is about one. */
  readonly subject?: string;
}

/**
 * An object was not loaded. The message names the place, the reason and the way out; what the kernel
 * said is {@link LoadError.cause}. Nothing is left open.
 */
export class LoadError extends Error {
  override readonly name = "LoadError" as const;
  readonly phase: LoadPhase;
  /** The map, program or extern; empty if it is about none. */
  readonly subject: string;
  /** Why, without the place. */
  readonly reason: string;
  /** What of the delegation was too little, if that was it. */
  readonly missing: Missing | undefined;
  /** The verifier's log; empty if it wrote none. */
  readonly log: string;
  /** The kernel's refusal, if it was one. */
  declare readonly cause: BpfError | undefined;

  constructor(
    place: LoadPlace,
    reason: string,
    more: { readonly cause?: unknown; readonly missing?: Missing; readonly log?: string } = {},
  ) {
    const { phase, subject = "" } = place;
    const where = subject === "" ? phase : `${phase} ${subject}`;
    const way = more.missing === undefined ? "" : `; ${more.missing.line}`;
    super(`${where}: ${reason}${way}`, more.cause === undefined ? {} : { cause: more.cause });
    this.phase = phase;
    this.subject = subject;
    this.reason = reason;
    this.missing = more.missing;
    this.log = more.log ?? "";
  }
}
