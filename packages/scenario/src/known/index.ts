// SPDX-License-Identifier: MIT

/**
 * Where real kernels do not answer as the model of their release does, and nobody has to mend
 * anything: one registry for all comparisons, by the configuration of the kernel.
 *
 * @packageDocumentation
 */
import { buildDifferences } from "./builds.js";
import { executorDifferences } from "./executors.js";
import type { KnownDifference } from "./known-difference.js";
import { machineDifferences } from "./machines.js";

export * from "./call-difference.js";
export * from "./configuration.js";
export * from "./known-difference.js";
export * from "./loaders.js";
export * from "./pattern.js";

/** Every known difference of a model and real kernels. */
export const knownDifferences: readonly KnownDifference[] = [
  ...buildDifferences,
  ...executorDifferences,
  ...machineDifferences,
];
