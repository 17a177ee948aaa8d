// SPDX-License-Identifier: MIT

/**
 * Parses scenarios, runs them on any kernel and compares the traces. This is a separate entry point,
 * because it loads a YAML parser.
 *
 * @packageDocumentation
 */
export * from "@bpf-token/scenario";
