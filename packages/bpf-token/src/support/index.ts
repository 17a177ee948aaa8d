// SPDX-License-Identifier: MIT

/**
 * What the running kernel has and what this process may do with it, found by trying.
 *
 * @packageDocumentation
 */
export { describeHost, type HostSupport, type KernelTypes } from "./host.js";
