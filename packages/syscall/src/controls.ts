// SPDX-License-Identifier: MIT
// Controls that only some backends have: answers of a security module and injected faults.
import type { ErrnoName } from "@bpf-token/uapi";

/**
 * LSM hooks by the kernel's names, in the order of the model's list.
 *
 * @example
 * ```ts
 * lsmHooks.includes("bpf_token_cmd"); // true
 * ```
 */
export const lsmHooks = [
  "bpf",
  "inode_permission",
  "bpf_token_create",
  "bpf_token_cmd",
  "bpf_token_capable",
  "bpf_map_create",
  "bpf_prog_load",
  "bpf_token_free",
  "userns_create",
  "capable",
  "inode_init_security",
] as const;

/** An LSM hook whose answer a test can set. */
export type LsmHook = (typeof lsmHooks)[number];

/**
 * The answer of a hook: 0 allows, the name of an errno refuses.
 *
 * Two hooks also accept a positive number. The caller of `bpf_token_cmd` treats every number except
 * 0 as a refusal; the caller of `bpf_token_capable` only a negative one.
 */
export type LsmAnswer = ErrnoName | number;

/** Controls a security module that is always loaded and allows everything by default. */
export interface LsmControl {
  /**
   * Sets the answer of a hook until the next call of `answer` for that hook.
   *
   * @param hook - for example `bpf_token_create`.
   * @throws RangeError for a hook or an answer that does not exist.
   * @example
   * ```ts
   * kernel.lsm?.answer("bpf_token_create", "EACCES");
   * ```
   */
  answer(hook: LsmHook, answer: LsmAnswer): void;
}

/**
 * Operations that can be made to fail: an allocation, a new inode, a new file, a new file
 * descriptor, or an answer of the security module.
 *
 * @example
 * ```ts
 * for (const kind of faultKinds) kernel.failNth?.(kind, 0); // turns every fault off
 * ```
 */
export const faultKinds = ["alloc", "inode", "file", "fd", "lsm"] as const;

/** A kind of fault for `kernel.failNth()`. */
export type FaultKind = (typeof faultKinds)[number];
