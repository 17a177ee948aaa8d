// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import type { NeedAxis, ObjectSpec } from "@bpf-token/object";

/** One bit or capability of a policy, and why. */
export interface PolicyReason {
  /** The mask, or `caps` for a capability. */
  readonly axis: NeedAxis;
  /** The name in the spelling of mount options; of a capability, `net_admin`. */
  readonly name: string;
  /** The parts of the objects and the probes that need it. */
  readonly because: readonly string[];
  /** What happens without it. */
  readonly without: string;
  /** Whether the load fails without it. Otherwise it succeeds, with the loss in `without`. */
  readonly required: boolean;
  /**
   * How CAP_PERFMON is known: `computed` from the instructions, `assumed` where these leave it open, or
   * `proven` on a kernel. Absent where a rule requires the bit.
   */
  readonly basis?: "computed" | "assumed" | "proven";
}

/** The least policy for some objects and a loader. Returned by {@link policyOf}. */
export interface Policy {
  /** The loader in prose. */
  readonly loader: string;
  readonly delegation: Delegation;
  /** Capabilities in the container's user namespace: `bpf`, `net_admin`. */
  readonly capabilities: readonly string[];
  readonly reasons: readonly PolicyReason[];
  /** Which versions of the kernel and of the loader it needs. */
  readonly versions: readonly string[];
  /** What it permits beyond the container. */
  readonly reach: readonly string[];
  /** On which kernels CAP_PERFMON was proven, or that it was not. */
  readonly proof: readonly string[];
  /** What it cannot permit, or what is not known. */
  readonly open: readonly string[];
  /** The bits that the release does not know, so that it refuses or ignores the policy. */
  readonly unknown: readonly string[];
}

/** An object and its name in reasons. */
export interface PolicyObject {
  readonly file: string;
  readonly object: ObjectSpec;
}
