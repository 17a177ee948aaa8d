// SPDX-License-Identifier: MIT

/**
 * Parses and formats delegations and capabilities: everything of `@bpf-token/delegation`.
 *
 * @packageDocumentation
 */
export * from "@bpf-token/delegation";
