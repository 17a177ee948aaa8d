// SPDX-License-Identifier: MIT
import type { SyscallName } from "./generated/syscalls.js";

/**
 * The kind of a system call argument: file descriptor, number by width, permission bits, string, or
 * pointer to memory. See {@link ArgSpec}.
 */
export type ArgKind = "fd" | "int" | "uint" | "long" | "ulong" | "mode" | "str" | "ptr";

/** How much memory a pointer argument points at. See {@link ArgSpec}. */
export type ArgSize =
  | {
      /** A fixed number of bytes. */
      readonly bytes: number;
    }
  | {
      /** The argument that holds the length. */
      readonly arg: string;
      /** Bytes per counted element. Default 1. */
      readonly unit?: number;
    }
  | {
      /** Name of the structure at that address, for `structLayout`. */
      readonly struct: string;
    };

/** One argument of a system call. See {@link SyscallEntry}. */
export interface ArgSpec {
  /** The kernel's name of the argument. */
  readonly name: string;
  /** The kind of value. */
  readonly kind: ArgKind;
  /** For memory: whether the kernel reads it, writes it, or both. */
  readonly dir?: "in" | "out" | "inout";
  /** For memory: its size. Absent where the request code decides the size. */
  readonly size?: ArgSize;
  /** The enum of the argument's values. */
  readonly enum?: string;
  /** The group of flags of the argument's bits. */
  readonly flags?: string;
  /** Whether callers may omit the argument, which is then 0. Only the last arguments are optional. */
  readonly optional?: boolean;
}

/** A system call of the model. You get it from {@link syscallByName} or {@link syscallByNr}. */
export interface SyscallEntry {
  /** The system call number on x86-64. */
  readonly nr: number;
  /** The name of the system call. */
  readonly name: SyscallName;
  /** The first Linux release that has it. */
  readonly since: string;
  /** The kind of a successful result: a 32-bit number, a file descriptor, or a 64-bit number. */
  readonly returns: "int" | "fd" | "long";
  /** The kind of the returned file descriptor, where it is always the same. */
  readonly fdKind?: string;
  /** What the system call does, in one sentence. */
  readonly what: string;
  /** The arguments in order. */
  readonly args: readonly ArgSpec[];
}
