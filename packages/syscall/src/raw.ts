// SPDX-License-Identifier: MIT

/** The raw wrappers, one per system call: the kernel's number comes back, nothing is thrown. */
export * as raw from "./generated/raw.js";
