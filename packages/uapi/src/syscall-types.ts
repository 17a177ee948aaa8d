// SPDX-License-Identifier: MIT
import type { SyscallName } from "./generated/syscalls.js";

/** What an argument is: a descriptor, a number by width, permission bits, text, or memory. */
export type ArgKind = "fd" | "int" | "uint" | "long" | "ulong" | "mode" | "str" | "ptr";

/** How much memory a pointer points at: one of the three. */
export type ArgSize =
  | {
      /** A fixed number of bytes. */
      readonly bytes: number;
    }
  | {
      /** The argument that says how much. */
      readonly arg: string;
      /** Bytes of one of what it counts. Default 1. */
      readonly unit?: number;
    }
  | {
      /** The structure that lies there, a name for `structLayout`. */
      readonly struct: string;
    };

/** One argument of a system call. */
export interface ArgSpec {
  /** Its name in the kernel. */
  readonly name: string;
  /** What it is. */
  readonly kind: ArgKind;
  /** For memory: whether the kernel reads, writes, or both. */
  readonly dir?: "in" | "out" | "inout";
  /** For memory: how much; absent where the request decides. */
  readonly size?: ArgSize;
  /** The enum that its values belong to. */
  readonly enum?: string;
  /** The group of flags that its bits belong to. */
  readonly flags?: string;
}

/** A system call. */
export interface SyscallEntry {
  /** Number on x86-64. */
  readonly nr: number;
  /** Name. */
  readonly name: SyscallName;
  /** The first Linux release with it. */
  readonly since: string;
  /** What success is: a number, a descriptor, or a number of 64 bits. */
  readonly returns: "int" | "fd" | "long";
  /** What a returned descriptor is open on, where that is always the same. */
  readonly fdKind?: string;
  /** One sentence. */
  readonly what: string;
  /** Its arguments in order. */
  readonly args: readonly ArgSpec[];
}
