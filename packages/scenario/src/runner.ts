// SPDX-License-Identifier: MIT

/**
 * Runs scenarios that are values already. Without the parser of YAML, which is most of what
 * `@bpf-token/scenario` has to load.
 *
 * @packageDocumentation
 */
export { type RunOptions, run } from "./run/run.js";
