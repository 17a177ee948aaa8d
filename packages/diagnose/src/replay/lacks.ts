// SPDX-License-Identifier: MIT
// What a refused call lacks, as data: programs that apply a fix read this and no sentence.
import { bitName, type DelegationAxis } from "@bpf-token/delegation";
import { BpfCmd, Capability, type CapabilityName, callNeeds } from "@bpf-token/uapi";
import type { Lack } from "../doctor/finding.js";
import { commandIn } from "./call-text.js";
import type { TracedCall } from "./traced-call.js";
import { field } from "./translate.js";

/** The axis of a mask, by the check that ignores a token for it. */
export const axisOf: Readonly<Partial<Record<string, DelegationAxis>>> = {
  "token.dropped.cmd": "cmds",
  "token.dropped.map": "maps",
  "token.dropped.prog": "progs",
  "token.dropped.attach": "attachs",
};

/** The capability that a check asks for. */
const capabilityOf: Readonly<Partial<Record<string, CapabilityName>>> = {
  "token.create.capable": "BPF",
  "map.create.sysctl": "BPF",
  "prog.load.sysctl": "BPF",
  "prog.load.bpf": "BPF",
  "btf.load.capable": "BPF",
  "prog.load.net_admin": "NET_ADMIN",
  "prog.load.perfmon": "PERFMON",
  "verify.helper.perfmon": "PERFMON",
  "verify.leak": "PERFMON",
  "verify.stack.read": "PERFMON",
  "verify.helper.bpf": "BPF",
  "verify.call.capable": "BPF",
};

/** The bit or the capability that the check asks for, if it asks for one. */
export function lackOf(check: string, call: TracedCall): Lack | undefined {
  const { bits, capabilities } = needsOf(call);
  const axis = axisOf[check];
  if (axis !== undefined) {
    const bit = bits.find((one) => one.axis === axis)?.bit;
    return bit === undefined ? undefined : { axis, bit, name: bitName(axis, bit) ?? String(bit) };
  }
  const ofType = capabilities.find(({ sysctl }) => !sysctl)?.name;
  const name = check === "map.create.capable" ? ofType : capabilityOf[check];
  return name === undefined ? undefined : lacksCapability(name);
}

/** A capability as what is lacking. */
export const lacksCapability = (name: CapabilityName): Lack => ({
  axis: "caps",
  bit: Capability[name],
  name: name.toLowerCase(),
});

/** What the kernel requires of a call. */
function needsOf(call: TracedCall): ReturnType<typeof callNeeds> {
  const cmd = commandIn(call);
  if (cmd === undefined) return { bits: [], capabilities: [] };
  return callNeeds({
    cmd: BpfCmd[cmd],
    ...(cmd === "MAP_CREATE" && { mapType: field(call, "map_type") }),
    ...(cmd === "PROG_LOAD" && {
      progType: field(call, "prog_type"),
      attachType: field(call, "expected_attach_type"),
    }),
  });
}
