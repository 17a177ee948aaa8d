// SPDX-License-Identifier: MIT
// What a refused call lacks, as data: programs that apply a fix read this and no sentence.
import { bitName, type DelegationAxis } from "@bpf-token/delegation";
import type { MissingRight } from "@bpf-token/syscall";
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import type { Lack } from "../doctor/finding.js";

/** The axis of a mask, by the check that ignores a token for it. */
export const axisOf: Readonly<Partial<Record<string, DelegationAxis>>> = {
  "token.dropped.cmd": "cmds",
  "token.dropped.map": "maps",
  "token.dropped.prog": "progs",
  "token.dropped.attach": "attachs",
};

const capabilityNames = new Map(
  (Object.keys(Capability) as CapabilityName[]).map((name) => [Capability[name] as number, name]),
);

/** What a decision of the model says is missing, with its name. */
export function lacksOf(missing: MissingRight | undefined): readonly Lack[] {
  if (missing === undefined) return [];
  const { axis, bit } = missing;
  const name = axis === "caps" ? capabilityNames.get(bit)?.toLowerCase() : bitName(axis, bit);
  return [{ axis, bit, name: name ?? String(bit) }];
}

/** A capability as what is lacking. */
export const lacksCapability = (name: CapabilityName): Lack => ({
  axis: "caps",
  bit: Capability[name],
  name: name.toLowerCase(),
});
