// SPDX-License-Identifier: MIT
import { type DelegationAxis, parseMask } from "@bpf-token/delegation";
import type { BpffsFact, Facts } from "../facts.js";

type Delegates = Readonly<Record<string, string>>;

/** Returns the words of a mask as the kernel prints it; an empty list if the option is not set. */
export function wordsOf(delegates: Delegates, axis: DelegationAxis): readonly string[] {
  const text = delegates[`delegate_${axis}`];
  return text === undefined || text === "" ? [] : text.split(":");
}

/** Returns a mask as bits; 0 if the option is not set. */
export function maskOf(delegates: Delegates, axis: DelegationAxis): bigint {
  const text = delegates[`delegate_${axis}`];
  return text === undefined ? 0n : parseMask(axis, text, "ignore");
}

/** Whether a mask has the bit with a number. */
export const allows = (delegates: Delegates, axis: DelegationAxis, bit: number): boolean =>
  ((maskOf(delegates, axis) >> BigInt(bit)) & 1n) === 1n;

/** Returns a mask as the kernel prints it; undefined if the option is not set. */
export const maskText = (delegates: Delegates, axis: DelegationAxis): string | undefined =>
  delegates[`delegate_${axis}`];

/** The BPF filesystems that a token can come from: they delegate, and the host does not own them. */
export const ownMounts = ({ bpffs }: Facts): readonly BpffsFact[] =>
  bpffs.filter(({ onHost, delegates }) => onHost !== true && Object.keys(delegates).length > 0);
