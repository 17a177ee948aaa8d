// SPDX-License-Identifier: MIT
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import type { Task } from "./kernel.js";
import { raw } from "./raw.js";

/** `_LINUX_CAPABILITY_VERSION_3`: two 32-bit words per set. */
const VERSION_3 = 0x20080522;

/** The three sets of capget(2), as masks with bit N for capability N. */
export interface CapabilitySets {
  /** What counts when a check asks. */
  readonly effective: bigint;
  /** What may be made effective. */
  readonly permitted: bigint;
  /** What an executed program may inherit. */
  readonly inheritable: bigint;
}

/**
 * Reads a task's capabilities, capget(2).
 *
 * @throws BpfError if the kernel refuses.
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
 * Sets a task's capabilities, capset(2): effective within permitted, permitted only ever smaller.
 *
 * @throws BpfError if the kernel refuses (EPERM).
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
 * Lowers capabilities in the effective set; the permitted set stays, so that
 * {@link raiseCapabilities} can bring them back.
 *
 * @throws BpfError if the kernel refuses.
 */
export function dropCapabilities(task: Task, ...names: readonly CapabilityName[]): void {
  const sets = getCapabilities(task);
  setCapabilities(task, { ...sets, effective: sets.effective & ~capabilityMask(names) });
}

/**
 * Raises permitted capabilities in the effective set.
 *
 * @throws BpfError if one is not permitted (EPERM).
 */
export function raiseCapabilities(task: Task, ...names: readonly CapabilityName[]): void {
  const sets = getCapabilities(task);
  setCapabilities(task, { ...sets, effective: sets.effective | capabilityMask(names) });
}

/** The mask of some capabilities. */
export function capabilityMask(names: readonly CapabilityName[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(Capability[name])), 0n);
}

function header(): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, VERSION_3, true);
  return bytes;
}
