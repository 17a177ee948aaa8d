// SPDX-License-Identifier: MIT
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import { numberOf } from "./arguments.js";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { raw } from "./raw.js";

/** `_LINUX_CAPABILITY_VERSION_3`: two 32-bit words per set. */
const VERSION_3 = 0x20080522;

/** The three sets of capget(2). Bit N of a mask stands for capability N. */
export interface CapabilitySets {
  /** The capabilities that the kernel's permission checks use. */
  readonly effective: bigint;
  /** The capabilities that the task may raise into the effective set. */
  readonly permitted: bigint;
  /** The capabilities that an executed program may inherit. */
  readonly inheritable: bigint;
}

/**
 * Reads a task's capabilities with capget(2).
 *
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * const hasBpf = (getCapabilities(task).effective & capabilityMask(["BPF"])) !== 0n;
 * ```
 */
export function getCapabilities(task: Task): CapabilitySets {
  const data = new Uint8Array(24);
  check(task, { syscall: "capget" }, raw.capget(task, header(), data));
  const view = new DataView(data.buffer);
  const set = (at: number): bigint =>
    (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at, true));
  return { effective: set(0), permitted: set(4), inheritable: set(8) };
}

/**
 * Sets a task's capabilities with capset(2). The effective set must lie within the permitted set,
 * and the permitted set can only shrink.
 *
 * @throws BpfError if the kernel refuses (EPERM).
 * @example
 * ```ts
 * setCapabilities(task, { effective: 0n, permitted: 0n, inheritable: 0n });
 * ```
 */
export function setCapabilities(task: Task, sets: CapabilitySets): void {
  const data = new Uint8Array(24);
  const view = new DataView(data.buffer);
  const put = (at: number, mask: bigint): void => {
    view.setUint32(at, Number(mask & 0xffffffffn), true);
    view.setUint32(at + 12, Number(mask >> 32n), true);
  };
  put(0, sets.effective);
  put(4, sets.permitted);
  put(8, sets.inheritable);
  check(task, { syscall: "capset" }, raw.capset(task, header(), data));
}

/**
 * Removes capabilities from the effective set. The permitted set keeps them, so {@link
 * raiseCapabilities} can restore them.
 *
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * dropCapabilities(task, "BPF", "SYS_ADMIN");
 * ```
 */
export function dropCapabilities(task: Task, ...names: readonly CapabilityName[]): void {
  const sets = getCapabilities(task);
  setCapabilities(task, { ...sets, effective: sets.effective & ~capabilityMask(names) });
}

/**
 * Adds permitted capabilities to the effective set.
 *
 * @throws BpfError if a capability is not permitted (EPERM).
 * @example
 * ```ts
 * raiseCapabilities(task, "BPF");
 * ```
 */
export function raiseCapabilities(task: Task, ...names: readonly CapabilityName[]): void {
  const sets = getCapabilities(task);
  setCapabilities(task, { ...sets, effective: sets.effective | capabilityMask(names) });
}

/**
 * Returns the mask of some capabilities: bit N for capability N.
 *
 * @example
 * ```ts
 * capabilityMask(["BPF"]); // 1n << 39n
 * ```
 */
export function capabilityMask(names: readonly CapabilityName[]): bigint {
  return names.reduce(
    (mask, name) => mask | (1n << BigInt(numberOf("capability", name, Capability))),
    0n,
  );
}

function header(): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, VERSION_3, true);
  return bytes;
}
