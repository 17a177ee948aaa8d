// SPDX-License-Identifier: MIT

/**
 * Runs parsed scenarios. This entry point does not load the YAML parser, which is most of the code of
 * `@bpf-token/scenario`.
 *
 * @packageDocumentation
 */
export { type RunOptions, run } from "./run/run.js";
