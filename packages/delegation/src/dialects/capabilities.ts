// SPDX-License-Identifier: MIT

/** What settings say about the capabilities of a process, in its user namespace. */
export interface SettledCapabilities {
  /** The capabilities that the settings name, such as `bpf`. Absent: none are named, so all, or not known. */
  readonly capabilities?: readonly string[] | undefined;
  /** Whether the process is root, and so has all capabilities, also those that the settings do not name. */
  readonly root?: true | undefined;
  /** The capabilities that root lacks all the same: `CapabilityBoundingSet=` takes them away. */
  readonly dropped?: readonly string[] | undefined;
}

/**
 * Whether a process certainly lacks a capability that the kernel requires in addition to a token. CAP_SYS_ADMIN
 * stands for the others, but creates no token (rules CC-02 and TC-08).
 *
 * @param name - such as `perfmon`.
 * @example
 * ```ts
 * lacksCapability({ capabilities: ["bpf"] }, "perfmon"); // true
 * lacksCapability({ capabilities: ["bpf", "sys_admin"] }, "perfmon"); // false
 * lacksCapability({ root: true, dropped: ["bpf"] }, "bpf"); // true
 * ```
 */
export function lacksCapability(held: SettledCapabilities, name: string): boolean {
  const lacks = (one: string): boolean => {
    if (held.root === true) return held.dropped?.includes(one) === true;
    return held.capabilities?.includes(one) === false;
  };
  return lacks(name) && (name === "bpf" || lacks("sys_admin"));
}
