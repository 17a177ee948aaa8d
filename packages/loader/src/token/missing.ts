// SPDX-License-Identifier: MIT
import { bitName, type DelegationAxis, delegationAxes, formatMask } from "@bpf-token/delegation";
import { BpfCmd, type BpfCmdName, Capability } from "@bpf-token/uapi";
import { capabilities, type Steps } from "../calls/steps.js";
import type { Axis, Missing } from "../load/errors.js";
import type { TokenAllows, TokenInUse } from "../load/session.js";
import { type CapabilityNeed, neededFor } from "./capabilities.js";
import type { TokenReason } from "./discover.js";

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
  readonly mask: DelegationAxis;
  readonly bit: number;
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
  const bits: Bit[] = [{ mask: "cmds", bit: BpfCmd[cmd] }];
  if (mapType !== undefined) bits.push({ mask: "maps", bit: mapType });
  if (progType !== undefined) bits.push({ mask: "progs", bit: progType });
  if (attachType !== undefined) bits.push({ mask: "attachs", bit: attachType });
  return bits;
}

function delegationLacks({ mask, bit }: Bit, masks: TokenAllows): Missing {
  const axis = delegationAxes[mask].what as Axis;
  const name = bitName(mask, bit) ?? `0x${(1n << BigInt(bit)).toString(16)}`;
  const value = formatMask(mask, masks[mask] | (1n << BigInt(bit)));
  return {
    axis,
    name,
    cause: `the token lacks ${axis} ${name}, so the kernel ignored it`,
    fix: `mount the BPF filesystem with delegate_${mask}=${value}`,
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
