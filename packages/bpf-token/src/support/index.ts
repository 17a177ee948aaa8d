// SPDX-License-Identifier: MIT

/**
 * Finds out what the running kernel supports and what this process may do, by making calls.
 *
 * @packageDocumentation
 */
export { describeHost, type HostSupport, type KernelTypes } from "./host.js";
