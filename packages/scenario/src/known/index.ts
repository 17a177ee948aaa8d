// SPDX-License-Identifier: MIT

/**
 * Known differences between real kernels and the model of their release that need no fix. All
 * comparisons share this registry, which selects entries by the configuration of the kernel.
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

/**
 * Every known difference between the model and real kernels.
 *
 * @example
 * ```ts
 * for (const { id, why } of knownDifferences) console.log(`${id}: ${why}`);
 * ```
 */
export const knownDifferences: readonly KnownDifference[] = [
  ...buildDifferences,
  ...executorDifferences,
  ...machineDifferences,
];
