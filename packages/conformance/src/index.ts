// SPDX-License-Identifier: MIT

/**
 * The test suite that every kernel must pass, real or modelled.
 *
 * @packageDocumentation
 */
export * from "./describe-kernel.js";
export * from "./faults.js";
export * from "./known-differences.js";
export * from "./leaks.js";
export * from "./proofs/index.js";
export * from "./renumbered.js";
