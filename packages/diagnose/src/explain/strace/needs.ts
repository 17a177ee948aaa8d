// SPDX-License-Identifier: MIT
// What a call that creates an object needs, as far as the log shows its fields.
import type { DelegationAxis } from "@bpf-token/delegation";
import {
  AttachType,
  BpfCmd,
  type CapabilityName,
  callNeeds,
  MapType,
  type NeededCapability,
  ProgType,
} from "@bpf-token/uapi";
import { instructionsOf } from "../../recorded/from-strace.js";
import { field, numberField } from "./line.js";

/** The commands that can use a token. */
export type Create = "MAP_CREATE" | "PROG_LOAD" | "BTF_LOAD";

/** The bits of the masks that a call needs, as far as the log shows its fields. */
export function bitsOf(command: Create, args: string): Partial<Record<DelegationAxis, number>> {
  const named = (
    table: Readonly<Record<string, number>>,
    text: string | undefined,
    head: string,
  ) => {
    const name = /^\w+/.exec(text ?? "")?.[0] ?? "";
    return /^\d/.test(name) ? Number(name) : table[name.replace(head, "")];
  };
  const cmds = BpfCmd[command];
  if (command === "BTF_LOAD") return { cmds };
  if (command === "MAP_CREATE") {
    const maps = named(MapType, field(args, "map_type"), "BPF_MAP_TYPE_");
    return maps === undefined ? { cmds } : { cmds, maps };
  }
  const progs = named(ProgType, field(args, "prog_type"), "BPF_PROG_TYPE_");
  const attachs = named(AttachType, field(args, "expected_attach_type"), "BPF_");
  return {
    cmds,
    ...(progs === undefined ? {} : { progs }),
    ...(attachs === undefined ? {} : { attachs }),
  };
}

/** The capabilities besides CAP_BPF that a call needs, by its type. */
export function extraCapabilities(command: Create, args: string): readonly CapabilityName[] {
  const { cmds, maps, progs } = bitsOf(command, args);
  const { capabilities } = callNeeds({ cmd: cmds ?? -1, mapType: maps, progType: progs });
  return capabilities.map(({ name }) => name).filter((name) => name !== "BPF");
}

/** The capability that the verifier asks for because of a helper that the program calls. */
export function helperCapability(args: string): NeededCapability | undefined {
  const { progs } = bitsOf("PROG_LOAD", args);
  const { helpers = [] } = instructionsOf(args, numberField(args, "insn_cnt") ?? 0) ?? {};
  const { capabilities } = callNeeds({ cmd: BpfCmd.PROG_LOAD, progType: progs, helpers });
  return capabilities.find(({ helper }) => helper !== undefined);
}

/** The capabilities that a call without a token needs on the host. */
export function capabilityText(command: Create, args: string): string {
  return ["BPF", ...extraCapabilities(command, args)].map((name) => `CAP_${name}`).join(" or ");
}
