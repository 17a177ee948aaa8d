// SPDX-License-Identifier: MIT
import { Errno, type ErrnoName } from "./generated/errno.js";

const names: ReadonlyMap<number, ErrnoName> = /* @__PURE__ */ byValue();

/**
 * The name of an error, as `EPERM`.
 *
 * @param n - the number, or its negative as system calls answer it.
 * @returns undefined for a number that names no error. Of two names for one number the one that
 *   the kernel declares first: `EAGAIN`, not `EWOULDBLOCK`.
 */
export function errnoName(n: number): ErrnoName | undefined {
  return names.get(Math.abs(n));
}

function byValue(): ReadonlyMap<number, ErrnoName> {
  const map = new Map<number, ErrnoName>();
  for (const [name, value] of Object.entries(Errno) as [ErrnoName, number][]) {
    if (!map.has(value)) map.set(value, name);
  }
  return map;
}
