// SPDX-License-Identifier: MIT
import { Errno, type ErrnoName } from "./generated/errno.js";

const names: ReadonlyMap<number, ErrnoName> = /* @__PURE__ */ byValue();

/**
 * Returns the name of an error number, such as `EPERM`.
 *
 * @param n - the error number, or the negative number that a system call returns.
 * @returns `undefined` for an unknown number. Where two names share a number, it is the one that
 *   the kernel declares first: `EAGAIN`, not `EWOULDBLOCK`.
 * @example
 * ```ts
 * errnoName(-1); // "EPERM"
 * ```
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
