// SPDX-License-Identifier: MIT
import { type SyscallName, syscallTable } from "./generated/syscalls.js";
import type { SyscallEntry } from "./syscall-types.js";

/**
 * The modelled system calls by name.
 *
 * @example
 * ```ts
 * syscallByName.bpf.nr; // 321
 * ```
 */
export const syscallByName: Readonly<Record<SyscallName, SyscallEntry>> =
  /* @__PURE__ */ Object.fromEntries(
    /* @__PURE__ */ syscallTable.map((s) => [s.name, s]),
  ) as Record<SyscallName, SyscallEntry>;

/**
 * The modelled system calls by number on x86-64.
 *
 * @example
 * ```ts
 * syscallByNr.get(321)?.name; // "bpf"
 * ```
 */
export const syscallByNr: ReadonlyMap<number, SyscallEntry> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ syscallTable.map((s) => [s.nr, s]),
);
