// SPDX-License-Identifier: MIT

/**
 * A user-space address at which every access faults, on every backend. Use it to test EFAULT.
 *
 * Backends neither return nor accept numeric addresses; this is the only address with a name.
 *
 * @example
 * ```ts
 * attrLayout("OBJ_GET", "6.12").encode({ pathname: BAD_ADDRESS });
 * ```
 */
export const BAD_ADDRESS: unique symbol = Symbol("BAD_ADDRESS");

/** A pointer in memory: the eight bytes at `offset` hold the address of `to`. See {@link Mem}. */
export interface PointerSlot {
  /** Byte offset of the 64-bit pointer inside the memory that holds it. */
  readonly offset: number;
  /** The memory that the pointer refers to. */
  readonly to: Ptr;
}

/**
 * Memory for a system call: bytes, and the pointers among them. {@link Layout.encode} returns it.
 *
 * The byte after the last one is not accessible on any backend: a kernel that accesses it faults.
 * During the call, the backend stores an address in each pointer slot. In `bytes` the slots stay
 * unchanged.
 */
export interface Mem {
  /** The memory. The backend copies the kernel's writes into it unless `dir` is `"in"`. */
  readonly bytes: Uint8Array;
  /** The pointers in the memory. Default: none. */
  readonly pointers?: readonly PointerSlot[];
  /** `"in"`: the kernel only reads, so the backend copies nothing back. Default `"inout"`. */
  readonly dir?: "in" | "inout";
}

/**
 * A pointer argument: `null` is NULL, a string is its UTF-8 bytes with a final NUL (read-only),
 * and bytes or {@link Mem} are memory of exactly that size. See {@link SyscallArg}.
 */
export type Ptr = null | string | Uint8Array | Mem | typeof BAD_ADDRESS;

/** One argument of a system call, as backends of `@bpf-token/syscall` take it. */
export type SyscallArg = number | bigint | Ptr;
