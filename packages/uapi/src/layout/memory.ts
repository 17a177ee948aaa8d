// SPDX-License-Identifier: MIT

/**
 * A user-space address at which every access faults, on every backend. For tests of EFAULT.
 *
 * Addresses are never shown and never taken as numbers: this is the only one that has a name.
 */
export const BAD_ADDRESS: unique symbol = Symbol("BAD_ADDRESS");

/** One pointer inside a piece of memory: eight bytes at `offset` that hold the address of `to`. */
export interface PointerSlot {
  /** Byte offset of the 64-bit pointer inside the memory that holds it. */
  readonly offset: number;
  /** What the pointer points at. */
  readonly to: Ptr;
}

/**
 * Memory handed to a system call: bytes, and the pointers among them.
 *
 * The byte after the last one is not accessible: a kernel that reads or writes past the end faults
 * there, on every backend. Bytes at a pointer slot are overwritten by the address at the time of
 * the call and are left as they were in `bytes` afterwards.
 */
export interface Mem {
  /** The memory. The kernel's writes are copied back into it unless `dir` is `"in"`. */
  readonly bytes: Uint8Array;
  /** The pointers inside it; none by default. */
  readonly pointers?: readonly PointerSlot[];
  /** `"in"`: the kernel only reads, nothing is copied back. Default `"inout"`. */
  readonly dir?: "in" | "inout";
}

/**
 * A pointer argument: `null` is NULL, a string is its UTF-8 bytes and a NUL (never written back),
 * bytes and {@link Mem} are memory of exactly that size.
 */
export type Ptr = null | string | Uint8Array | Mem | typeof BAD_ADDRESS;

/** One argument of a system call: a number, or a pointer. */
export type SyscallArg = number | bigint | Ptr;
