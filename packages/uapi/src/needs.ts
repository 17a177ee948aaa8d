// SPDX-License-Identifier: MIT
import type { CapabilityName } from "./generated/capability.js";
import {
  commandNeeds,
  helperNeeds,
  mapNeeds,
  type NeedRow,
  programNeeds,
} from "./generated/needs.js";
import { type KernelRelease, newestRelease } from "./generated/releases.js";
import { type LinuxRelease, releaseCode } from "./releases.js";

/** A call of bpf(2), as far as permissions depend on it. All types are numbers of the kernel. */
export interface CallShape {
  /** The command, such as `BpfCmd.PROG_LOAD`. */
  readonly cmd: number;
  readonly mapType?: number | undefined;
  readonly progType?: number | undefined;
  /** `expected_attach_type` of a PROG_LOAD. */
  readonly attachType?: number | undefined;
  /** The helpers that the program calls. */
  readonly helpers?: readonly number[];
}

/** A bit that a token needs. Without it, the kernel ignores the token (rules TA-01 to TA-03). */
export interface NeededBit {
  /** The delegate mask: `delegate_cmds`, …. */
  readonly axis: "cmds" | "maps" | "progs" | "attachs";
  readonly bit: number;
}

/** A capability that the caller needs. CAP_SYS_ADMIN in the same namespace stands for it. */
export interface NeededCapability {
  readonly name: CapabilityName;
  /** Where it counts: in the user namespace of the token that is passed, or in the initial one only. */
  readonly namespace: "token" | "initial";
  /** The rule of the specification. */
  readonly rule: string;
  /** The kernel requires it only if `kernel.unprivileged_bpf_disabled` is not 0. */
  readonly sysctl: boolean;
  /** The verifier requires it because the program calls this helper. */
  readonly helper?: number;
}

/** What the kernel requires of a call. Returned by {@link callNeeds}. */
export interface CallNeeds {
  /** Empty if the command takes no token. */
  readonly bits: readonly NeededBit[];
  readonly capabilities: readonly NeededCapability[];
}

const MAP_CREATE = 0;
const PROG_LOAD = 5;
const CGROUP_SOCK = 9;
const SK_REUSEPORT = 21;
const CGROUP_INET_SOCK_CREATE = 2;
const SK_REUSEPORT_SELECT = 39;

/** What `kernel.unprivileged_bpf_disabled` requires unless it is 0. */
const gates: ReadonlyMap<number, CapabilityRule> = new Map([
  [MAP_CREATE, { rule: "MC-11", caps: ["BPF"], token: true }],
  [PROG_LOAD, { rule: "PL-06", caps: ["BPF"], token: true }],
]);

/**
 * Returns everything that the kernel requires of a call: bits of the token, and capabilities. This is
 * the only such list; it is generated from `facts.json`, as the checks of the model are.
 *
 * @param release - default: the newest release.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * const { bits, capabilities } = callNeeds({ cmd: BpfCmd.PROG_LOAD, progType: ProgType.XDP });
 * capabilities.map(({ name }) => name); // ["BPF", "NET_ADMIN"]
 * ```
 */
export function callNeeds(call: CallShape, release?: LinuxRelease | KernelRelease): CallNeeds {
  const of = { code: releaseCode(release ?? newestRelease), program: call.progType };
  const rule = capabilityRule("command", call.cmd, of);
  const namespace = rule?.token === true ? "token" : "initial";
  const found = new Map<string, NeededCapability>();
  const add = (
    one: CapabilityRule | undefined,
    how: { sysctl: boolean; helper?: number },
  ): void => {
    for (const name of one?.caps ?? []) {
      const known = found.get(name);
      // What is always required is not only required by the sysctl.
      if (known !== undefined && (!known.sysctl || how.sysctl)) continue;
      found.set(name, { name, namespace, rule: one?.rule ?? "", ...how });
    }
  };
  add(gates.get(call.cmd), { sysctl: true });
  add(rule, { sysctl: false });
  add(capabilityRule("map", call.mapType, of), { sysctl: false });
  add(capabilityRule("program", call.progType, of), { sysctl: false });
  for (const helper of call.helpers ?? []) {
    add(capabilityRule("helper", helper, of), { sysctl: false, helper });
  }
  return { bits: rule?.token === true ? bitsOf(call) : [], capabilities: [...found.values()] };
}

function bitsOf(call: CallShape): readonly NeededBit[] {
  const bits: NeededBit[] = [{ axis: "cmds", bit: call.cmd }];
  if (call.cmd === MAP_CREATE && call.mapType !== undefined) {
    bits.push({ axis: "maps", bit: call.mapType });
  }
  if (call.cmd === PROG_LOAD && call.progType !== undefined) {
    bits.push({ axis: "progs", bit: call.progType });
    bits.push({ axis: "attachs", bit: tokenAttachType(call.progType, call.attachType ?? 0) });
  }
  return bits;
}

/**
 * Returns the attach type that the kernel looks for in a token. Where a program sets none, the kernel
 * uses a default for two program types, and otherwise 0, which is `cgroup_inet_ingress` (rule PL-03).
 *
 * @example
 * ```ts
 * tokenAttachType(ProgType.XDP, 0); // 0: AttachType.CGROUP_INET_INGRESS
 * ```
 */
export function tokenAttachType(progType: number, attachType: number): number {
  if (attachType !== 0) return attachType;
  if (progType === CGROUP_SOCK) return CGROUP_INET_SOCK_CREATE;
  if (progType === SK_REUSEPORT) return SK_REUSEPORT_SELECT;
  return 0;
}

/** A rule about capabilities that applies to a map type, a program type, a helper or a command. */
interface CapabilityRule {
  /** Its id in the specification, such as `PL-09`. */
  readonly rule: string;
  /** All of them are required. CAP_SYS_ADMIN stands for each of them. */
  readonly caps: readonly CapabilityName[];
  /** Of a command: whether a token can be passed, so that the token's user namespace counts. */
  readonly token: boolean;
}

const tables = { map: mapNeeds, program: programNeeds, helper: helperNeeds, command: commandNeeds };

/** The rule for one value of an enum in a release, if any. */
function capabilityRule(
  kind: keyof typeof tables,
  value: number | undefined,
  { code, program }: { readonly code: number; readonly program?: number | undefined },
): CapabilityRule | undefined {
  if (value === undefined) return undefined;
  const row = tables[kind].find(
    (one) => one.values.includes(value) && isIn(one, code) && appliesTo(one, program),
  );
  return row && { rule: row.rule, caps: row.caps, token: row.token ?? false };
}

const isIn = ({ since, until }: NeedRow, code: number): boolean =>
  code >= since && (until === undefined || code < until);

const appliesTo = ({ onlyIn, notIn }: NeedRow, program: number | undefined): boolean =>
  (onlyIn === undefined || onlyIn === program) && (notIn === undefined || notIn !== program);
