// SPDX-License-Identifier: MIT

/**
 * One API for every kernel, real or modelled: the `Kernel` and `Task` interfaces, raw system calls,
 * typed wrappers, owned file descriptors, errors that name the refusing check, and tracing.
 *
 * @packageDocumentation
 */
export { assertOneOf, assertOptions } from "./arguments.js";
export * from "./bpf.js";
export * from "./bpf-error.js";
export * from "./bpffs.js";
export * from "./call-sequence.js";
export * from "./capabilities.js";
export * from "./controls.js";
export * from "./errors.js";
export * from "./files.js";
export * from "./flatten.js";
export * from "./kernel.js";
export * from "./kernel-log.js";
export * from "./namespaces.js";
export * from "./owned-fd.js";
export * from "./raw.js";
export * from "./release.js";
export * from "./traced.js";
export * from "./unexplained.js";
