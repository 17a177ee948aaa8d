// SPDX-License-Identifier: MIT
import {
  AttachType,
  BpfCmd,
  type BpfCmdName,
  Capability,
  MapType,
  ProgType,
} from "@bpf-token/uapi";
import { capabilities, type Steps } from "../calls/steps.js";
import type { Axis, Missing } from "../load/errors.js";
import type { TokenAllows, TokenInUse } from "../load/session.js";
import { type CapabilityNeed, neededFor } from "./capabilities.js";
import type { TokenReason } from "./discover.js";
import { maskText, optionName } from "./names.js";

/** The token of a load, or why it has none. */
export interface Permission {
  readonly token?: TokenInUse | undefined;
  /** Why there is no token. */
  readonly reasons?: readonly TokenReason[];
}

/** A call that failed with EPERM, with the parts that permissions depend on. */
export interface Asked {
  readonly cmd: BpfCmdName & ("MAP_CREATE" | "PROG_LOAD" | "BTF_LOAD");
  readonly mapType?: number;
  readonly progType?: number;
  readonly attachType?: number;
}

interface Bit {
  readonly axis: Axis;
  readonly option: "delegate_cmds" | "delegate_maps" | "delegate_progs" | "delegate_attachs";
  readonly mask: keyof TokenAllows;
  readonly bit: number;
  readonly names: Readonly<Record<string, number>>;
}

/** Finds the first permission that the token or the task lacks for a call. */
export function* missingFor(
  { token, reasons = [] }: Permission,
  asked: Asked,
): Steps<Missing | undefined> {
  if (token?.masks !== undefined) {
    const { masks } = token;
    const lacking = bitsOf(asked).find(({ mask, bit }) => !hasBit(masks[mask], bit));
    if (lacking !== undefined) return delegationLacks(lacking, masks);
  }
  const held = yield* capabilities();
  const needed = neededFor(asked);
  const lacks = held === undefined ? undefined : needed.find((need) => !fulfils(held, need));
  if (lacks !== undefined) return capabilityLacks(lacks);
  return token === undefined ? withoutToken(asked, needed, reasons) : undefined;
}

const hasBit = (mask: bigint, bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n;

function bitsOf({ cmd, mapType, progType, attachType }: Asked): Bit[] {
  const bits: Bit[] = [
    { axis: "command", option: "delegate_cmds", mask: "cmds", bit: BpfCmd[cmd], names: BpfCmd },
  ];
  if (mapType !== undefined) {
    const map = { axis: "map type", option: "delegate_maps", mask: "maps" } as const;
    bits.push({ ...map, bit: mapType, names: MapType });
  }
  if (progType !== undefined) {
    const prog = { axis: "program type", option: "delegate_progs", mask: "progs" } as const;
    bits.push({ ...prog, bit: progType, names: ProgType });
  }
  if (attachType !== undefined) {
    const attach = { axis: "attach type", option: "delegate_attachs", mask: "attachs" } as const;
    bits.push({ ...attach, bit: attachType, names: AttachType });
  }
  return bits;
}

function delegationLacks({ axis, option, mask, bit, names }: Bit, masks: TokenAllows): Missing {
  const name = optionName(names, bit);
  const value = maskText(masks[mask] | (1n << BigInt(bit)), names);
  return {
    axis,
    name,
    cause: `the token lacks ${axis} ${name}, so the kernel ignored it`,
    fix: `mount the BPF filesystem with ${option}=${value}`,
  };
}

const fulfils = (held: bigint, { any }: CapabilityNeed): boolean =>
  any.some((name) => hasBit(held, Capability[name]));

function capabilityLacks({ any }: CapabilityNeed): Missing {
  const name = `CAP_${any[0]}`;
  return {
    axis: "capability",
    name,
    cause: `the process lacks ${name} in its user namespace; a token does not grant it`,
    fix: `AmbientCapabilities=${name} (systemd), --cap-add ${any[0]} (Docker, Podman)`,
  };
}

/** Without a token, capabilities in the task's own user namespace have no effect on bpf(). */
function withoutToken(
  { cmd }: Asked,
  needed: readonly CapabilityNeed[],
  reasons: readonly TokenReason[],
): Missing | undefined {
  const [first] = needed;
  if (first === undefined) return undefined;
  const name = `CAP_${first.any[0]}`;
  const lines = reasons.map(({ path, reason }) => (path === "" ? reason : `${path}: ${reason}`));
  const why = lines.join("; ") || "none was passed";
  return {
    axis: "capability",
    name,
    cause: `no token is used (${why}), and without one the call needs ${name} in the initial user namespace`,
    fix: `mount a BPF filesystem with delegate_cmds=${cmd.toLowerCase()} and the other masks that the object needs`,
  };
}
