// SPDX-License-Identifier: MIT

/**
 * Scenarios: read, played on any kernel, and compared. A door of its own, since with it comes a
 * parser of YAML, which is a third of what there would be to load for a token.
 *
 * @packageDocumentation
 */
export * from "@bpf-token/scenario";
