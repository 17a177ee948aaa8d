// SPDX-License-Identifier: MIT

/**
 * Parses and formats delegations and capabilities, and formats the policy of an object: everything of
 * `@bpf-token/delegation`, and {@link formatPolicy}.
 *
 * @packageDocumentation
 */
export * from "@bpf-token/delegation";
export { formatPolicy, type PolicyDialect, policyDialects } from "./policies.js";
