// SPDX-License-Identifier: MIT
import { HelperId, ProgType } from "@bpf-token/uapi";
import type { Facts } from "./facts.js";

/** A helper that lockdown removes for every caller. */
export interface LockedHelper {
  readonly id: number;
  /** Without `bpf_`. */
  readonly name: string;
  /** Whether integrity mode, which Secure Boot sets, removes it too. */
  readonly inIntegrity: boolean;
}

/** Program types with the helpers of tracing; an extension has those of the program that it replaces. */
const tracing: ReadonlySet<number> = new Set([
  ...[ProgType.KPROBE, ProgType.TRACEPOINT, ProgType.PERF_EVENT, ProgType.RAW_TRACEPOINT],
  ...[ProgType.RAW_TRACEPOINT_WRITABLE, ProgType.TRACING, ProgType.LSM, ProgType.SYSCALL],
  ProgType.EXT,
]);

/** Helpers that only tracing programs have, with or without lockdown. */
const ofTracing: ReadonlySet<string> = new Set([
  "probe_write_user",
  "probe_read",
  "probe_read_str",
]);

const reading = ["probe_read", "probe_read_str", "probe_read_kernel", "probe_read_kernel_str"];

/** All helpers that lockdown removes. */
const lockedHelpers: readonly LockedHelper[] = Object.entries(HelperId)
  .filter(([name]) => name === "probe_write_user" || reading.includes(name))
  .map(([name, id]) => ({ id, name, inIntegrity: name === "probe_write_user" }));

/** Returns the helper that a line of the verifier names, if lockdown can remove it. */
export function lockedHelperIn(line: string): LockedHelper | undefined {
  const name = /\bbpf_(probe_\w+)/.exec(line)?.[1];
  return lockedHelpers.find((one) => one.name === name);
}

/** Whether programs of a type have a helper while lockdown is off. */
export const hasHelper = (progType: number, { name }: LockedHelper): boolean =>
  !ofTracing.has(name) || tracing.has(progType);

/** Whether a mode of lockdown removes a helper; undefined if the mode is not known. */
export function removes(
  mode: Facts["lockdown"],
  { inIntegrity }: LockedHelper,
): boolean | undefined {
  if (mode === undefined) return undefined;
  return mode === "confidentiality" || (mode === "integrity" && inIntegrity);
}

/** The helpers among those of a program that a mode of lockdown removes. */
export const removedFrom = (
  progType: number,
  helpers: readonly number[],
  mode: Facts["lockdown"],
): readonly LockedHelper[] =>
  lockedHelpers.filter(
    (one) => helpers.includes(one.id) && hasHelper(progType, one) && removes(mode, one) === true,
  );

/** What gives a program everything back that only confidentiality mode refuses. */
export const tracingFix: readonly string[] = [
  "boot with lockdown=integrity, which Secure Boot permits: no capability and no token helps",
];

/** What gives a program a helper back. */
export const lockdownFix = ({ inIntegrity, name }: LockedHelper): readonly string[] =>
  inIntegrity
    ? [
        `remove the call of bpf_${name}(): only a kernel without lockdown, so without Secure Boot, has it`,
      ]
    : tracingFix;
