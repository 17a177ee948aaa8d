// SPDX-License-Identifier: MIT
// Reads a BPF object with the packages: its contents, and the least policy to load it.
import { plan } from "@bpf-token/loader";
import { ObjectFormatError, type ObjectSpec, parseObject } from "@bpf-token/object";
import { type InspectReport, inspectObject } from "bpf-token/inspect";
import { type Policy, type PolicyLoader, policyLoaders, policyOf } from "bpf-token/policy";

/** An object file, and the loader that will load it. */
export interface ObjectQuestion {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly loader: PolicyLoader;
}

/** A bpf() call that a load makes. */
export interface PlannedCall {
  readonly cmd: string;
  /** The map or program; empty if there is none. */
  readonly subject: string;
  /** The feature that libbpf probes; empty for a call for the object itself. */
  readonly feature: string;
}

/** The calls of a load with a token on a kernel that accepts them. */
export interface CallPlan {
  readonly calls: readonly PlannedCall[];
  /** Why the load would fail after these calls, as without the BTF of a kernel; else empty. */
  readonly failure: string;
}

/** The contents and the policy, or why the file is no BPF object. */
export type ObjectAnswer =
  | {
      readonly kind: "object";
      readonly report: InspectReport;
      readonly policy: Policy;
      readonly plan: CallPlan;
    }
  | { readonly kind: "error"; readonly message: string };

/**
 * Inspects an object and computes its policy.
 *
 * @example
 * ```ts
 * const answer = objectAnswer({ file: "x.bpf.o", bytes, loader: "libbpf" });
 * ```
 */
export function objectAnswer({ file, bytes, loader }: ObjectQuestion): ObjectAnswer {
  try {
    const report = inspectObject(file, bytes, { loader });
    const object = parseObject(bytes, { name: file });
    const policy = policyOf([{ file, object }], { loader });
    return { kind: "object", report, policy, plan: planOf(object, loader) };
  } catch (error) {
    if (!(error instanceof ObjectFormatError)) throw error;
    return { kind: "error", message: error.message };
  }
}

function planOf(object: ObjectSpec, loader: PolicyLoader): CallPlan {
  const probes = policyLoaders[loader].probes === "none" ? "bpf-token" : "libbpf";
  const { calls, failure } = plan(object, { token: true, loader: probes });
  return {
    calls: calls.map(({ cmd, subject, feature = "" }) => ({ cmd, subject, feature })),
    failure: failure?.message ?? "",
  };
}
