// SPDX-License-Identifier: MIT

/**
 * The raw wrappers, one per system call. They return the kernel's number and do not throw for a
 * refusal.
 */
export * as raw from "./generated/raw.js";
