// SPDX-License-Identifier: MIT
import { type SyscallName, syscallTable } from "./generated/syscalls.js";
import type { SyscallEntry } from "./syscall-types.js";

/** The system calls of the table, by name. */
export const syscallByName: Readonly<Record<SyscallName, SyscallEntry>> =
  /* @__PURE__ */ Object.fromEntries(
    /* @__PURE__ */ syscallTable.map((s) => [s.name, s]),
  ) as Record<SyscallName, SyscallEntry>;

/** The system calls of the table, by number on x86-64. */
export const syscallByNr: ReadonlyMap<number, SyscallEntry> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ syscallTable.map((s) => [s.nr, s]),
);
