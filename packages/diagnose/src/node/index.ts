// SPDX-License-Identifier: MIT

/**
 * Collects the facts of a process from `/proc`, and finds the processes of a container. Node on
 * Linux; changes nothing.
 *
 * @packageDocumentation
 */
export { CollectError, type CollectOptions, collectFacts } from "./collect.js";
export { findContainer } from "./find-container.js";
export { HOOK_PROGRAM } from "./old-hook.js";
export { type HostOptions, readHost } from "./read-host.js";
