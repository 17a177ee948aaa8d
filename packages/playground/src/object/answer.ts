// SPDX-License-Identifier: MIT
// Reads a BPF object with the packages: its contents, and the least policy to load it.
import { ObjectFormatError, parseObject } from "@bpf-token/object";
import { type InspectReport, inspectObject } from "bpf-token/inspect";
import { type Policy, type PolicyLoader, policyOf } from "bpf-token/policy";

/** An object file, and the loader that will load it. */
export interface ObjectQuestion {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly loader: PolicyLoader;
}

/** The contents and the policy, or why the file is no BPF object. */
export type ObjectAnswer =
  | { readonly kind: "object"; readonly report: InspectReport; readonly policy: Policy }
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
    const report = inspectObject(file, bytes, { loader: "plain", all: false });
    const object = parseObject(bytes, { name: file });
    return { kind: "object", report, policy: policyOf([{ file, object }], { loader }) };
  } catch (error) {
    if (!(error instanceof ObjectFormatError)) throw error;
    return { kind: "error", message: error.message };
  }
}
