// SPDX-License-Identifier: MIT
// What only some backends let one turn: what security modules answer, and what fails.
import type { ErrnoName } from "@bpf-token/uapi";

/** The hooks of a security module, by the names of the kernel; in the order of the model's own list. */
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
] as const;

/** A hook whose answer can be set. */
export type LsmHook = (typeof lsmHooks)[number];

/**
 * What a hook answers: 0 allows, the name of an errno refuses. A positive number is for
 * `bpf_token_cmd`, whose caller takes whatever is not 0 for a refusal, and for `bpf_token_capable`,
 * whose caller takes only what is negative for one.
 */
export type LsmAnswer = ErrnoName | number;

/** The answers of a security module that is always there and allows everything by itself. */
export interface LsmControl {
  /**
   * Sets what a hook answers from now on, until it is set again.
   *
   * @param hook - as `bpf_token_create`.
   * @throws RangeError for a hook or an answer that does not exist.
   */
  answer(hook: LsmHook, answer: LsmAnswer): void;
}

/**
 * What can be made to fail: an allocation, a new inode, a new file, a new descriptor, an answer of
 * the security module.
 */
export const faultKinds = ["alloc", "inode", "file", "fd", "lsm"] as const;

/** A kind of fault. */
export type FaultKind = (typeof faultKinds)[number];
