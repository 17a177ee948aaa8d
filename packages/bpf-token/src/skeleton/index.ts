// SPDX-License-Identifier: MIT

/**
 * Generates typed TypeScript modules that load a BPF object.
 *
 * @packageDocumentation
 */
export { generateSkeleton, type SkeletonOptions } from "./skeleton.js";
