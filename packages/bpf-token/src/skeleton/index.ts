// SPDX-License-Identifier: MIT

/**
 * Typed TypeScript modules that load a BPF object.
 *
 * @packageDocumentation
 */
export { generateSkeleton, type SkeletonOptions } from "./skeleton.js";
