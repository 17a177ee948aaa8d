// SPDX-License-Identifier: MIT

/**
 * Since when kernels, loaders and container managers support what with a token, and what changes for a
 * delegation between two releases of Linux.
 *
 * @packageDocumentation
 */
export * from "./changes.js";
export * from "./products.js";
export * from "./table.js";
