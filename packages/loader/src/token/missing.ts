// SPDX-License-Identifier: MIT
import {
  addCapabilities,
  addMasks,
  axisNames,
  bitName,
  type DelegationAxis,
  delegationAxes,
  parseMask,
} from "@bpf-token/delegation";
import {
  type Need,
  type ObjectSpec,
  objectNeeds,
  type ProgramSpec,
  perfmonUses,
  verifierNeeds,
} from "@bpf-token/object";
import {
  BpfCmd,
  type BpfCmdName,
  Capability,
  type CapabilityName,
  callNeeds,
  type NeededBit,
  type NeededCapability,
} from "@bpf-token/uapi";
import { capabilities, type Steps } from "../calls/steps.js";
import type { Axis, Missing } from "../load/errors.js";
import type { TokenAllows, TokenInUse } from "../load/session.js";
import { readVerifierLog } from "../log/verifier-log.js";
import type { TokenReason } from "./discover.js";
import { filterRefuses, inInitialNamespace } from "./namespace.js";

/** The token of a load, or why it has none; and the object, if the load has one. */
export interface Permission {
  readonly token?: TokenInUse | undefined;
  /** Why there is no token. */
  readonly reasons?: readonly TokenReason[];
  readonly object?: ObjectSpec;
  readonly options?: {
    readonly wanted: (program: ProgramSpec) => boolean;
    /** Whether the object is loaded without BTF if BTF_LOAD is not permitted. */
    readonly btfOptional: boolean;
  };
}

/** A call that failed with EPERM, with the parts that permissions depend on. */
export interface Asked {
  readonly cmd: BpfCmdName & ("MAP_CREATE" | "PROG_LOAD" | "BTF_LOAD");
  readonly mapType?: number;
  readonly progType?: number;
  readonly attachType?: number;
}

/**
 * Finds everything that the token or the task lacks: for the refused call first, then for the rest of
 * the object. Empty if no missing permission explains the refusal.
 */
export function* missingFor(permission: Permission, asked: Asked): Steps<readonly Missing[]> {
  const { token, reasons = [] } = permission;
  if (yield* filterRefuses()) return [];
  const held = yield* capabilities();
  const { bits, capabilities: own } = callNeeds({ ...asked, cmd: BpfCmd[asked.cmd] });
  if (token === undefined) return yield* withoutToken(asked, own, held, reasons);
  const gaps = token.masks === undefined ? [] : delegationGaps(token.masks, bits);
  const caps = held === undefined ? [] : own.filter(({ name }) => !fulfils(held, name));
  const first = [...gaps, ...caps.map(({ name }) => lacksCapability(name, "its"))];
  return first.length === 0 ? [] : withRest(permission, held, first);
}

/**
 * Finds the capability without which the verifier refuses the instruction at which it stopped, then what
 * the rest of the object lacks. Empty if the verifier refuses the instruction to every caller.
 */
export function* missingForVerifier(
  permission: Permission,
  object: ObjectSpec,
  program: ProgramSpec,
  log: string,
): Steps<readonly Missing[]> {
  const held = yield* capabilities();
  if (held === undefined || fulfils(held, "PERFMON")) return [];
  const stop = readVerifierLog(log).steps.at(-1)?.insn;
  const isUse = perfmonUses(object, program).some(({ insn }) => insn === stop);
  if (!isUse) return [];
  const where = permission.token === undefined ? "the initial" : "its";
  return withRest(permission, held, [lacksCapability("PERFMON", where, "computed")]);
}

/** What explains the refusal, then what the rest of the object lacks. */
function withRest(
  permission: Permission,
  held: bigint | undefined,
  first: readonly Missing[],
): readonly Missing[] {
  const masks = permission.token?.masks;
  const known = new Set(first.map(({ option, add }) => `${option} ${add}`));
  const rest = restOf(permission, masks, held);
  return [...first, ...rest.filter(({ option, add }) => !known.has(`${option} ${add}`))].map(
    (one) => withFix(one, masks, first, rest),
  );
}

/** What the object needs beyond the refused call. */
function restOf(
  { object, options }: Permission,
  masks: TokenAllows | undefined,
  held: bigint | undefined,
): readonly Missing[] {
  if (object === undefined) return [];
  const selected = options === undefined ? {} : { wanted: options.wanted };
  const needs = [...objectNeeds(object, selected).needs, ...verifierNeeds(object, selected)];
  return needs.flatMap(({ axis, name, bit, basis }): readonly Missing[] => {
    if (axis === "cmds" && bit === BpfCmd.BTF_LOAD && options?.btfOptional === true) return [];
    if (axis !== "caps") {
      if (masks === undefined || hasBit(masks[axis], bit)) return [];
      return [lacksBit(axis, bit)];
    }
    const cap = name.toUpperCase() as CapabilityName;
    if (held === undefined || fulfils(held, cap)) return [];
    return [lacksCapability(cap, "its", basis)];
  });
}

const hasBit = (mask: bigint, bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n;

const delegationGaps = (masks: TokenAllows, bits: readonly NeededBit[]): readonly Missing[] =>
  bits
    .filter(({ axis, bit }) => !hasBit(masks[axis], bit))
    .map(({ axis, bit }) => lacksBit(axis, bit));

function lacksBit(axis: DelegationAxis, bit: number): Missing {
  const what = delegationAxes[axis].what as Axis;
  const add = bitName(axis, bit) ?? `0x${(1n << BigInt(bit)).toString(16)}`;
  return {
    axis: what,
    option: `delegate_${axis}`,
    add,
    holder: "host",
    cause: `the token lacks ${what} ${add}, so the kernel ignored it`,
    fix: "",
  };
}

/** Adds the complete setting: the mask of the token with all bits that it lacks. */
function withFix(
  one: Missing,
  masks: TokenAllows | undefined,
  ...lists: readonly (readonly Missing[])[]
): Missing {
  const axis = axisNames.find((name) => one.option === `delegate_${name}`);
  if (axis === undefined || masks === undefined) return one;
  const bits = lists
    .flat()
    .filter(({ option }) => option === one.option)
    .reduce((mask, { add }) => mask | parseMask(axis, add), masks[axis]);
  return { ...one, fix: addMasks(undefined, { [axis]: bits }).join() };
}

/** Whether a set has a capability, or CAP_SYS_ADMIN in its place (rule CP-02). */
const fulfils = (held: bigint, name: CapabilityName): boolean =>
  hasBit(held, Capability[name]) || hasBit(held, Capability.SYS_ADMIN);

const verbs = { computed: "requires", assumed: "may require" } as const;

function lacksCapability(
  name: CapabilityName,
  where: "its" | "the initial",
  basis?: Need["basis"],
): Missing {
  const add = `CAP_${name}`;
  const token = where === "its" ? "; a token does not grant it" : "";
  const verifier = basis === undefined ? "" : `, which the verifier ${verbs[basis]}`;
  return {
    axis: "capability",
    option: "capabilities",
    add,
    holder: "process",
    cause: `the process lacks ${add} in ${where} user namespace${verifier}${token}`,
    fix: addCapabilities(undefined, [name], `${where} user namespace`),
  };
}

/**
 * Without a token, capabilities count in the initial user namespace only. There, a process that holds
 * them was refused by something else.
 */
function* withoutToken(
  { cmd }: Asked,
  needed: readonly NeededCapability[],
  held: bigint | undefined,
  reasons: readonly TokenReason[],
): Steps<readonly Missing[]> {
  // In every user namespace, creating a token needs CAP_BPF itself (rule TC-08).
  const wasRefused = reasons.some(({ code }) => code === "EPERM");
  if (held !== undefined && wasRefused && !hasBit(held, Capability.BPF)) {
    return [lacksCapability("BPF", "its")];
  }
  if (held !== undefined && (yield* inInitialNamespace()) === true) {
    return needed
      .filter(({ name }) => !fulfils(held, name))
      .map(({ name }) => lacksCapability(name, "the initial"));
  }
  const [first] = needed;
  if (first === undefined) return [];
  const name = `CAP_${first.name}`;
  const lines = reasons.map(({ path, reason }) => (path === "" ? reason : `${path}: ${reason}`));
  const why = lines.join("; ") || "none was passed";
  return [
    {
      axis: "capability",
      option: "capabilities",
      add: name,
      holder: "host",
      cause: `no token is used (${why}), and without one the call needs ${name} in the initial user namespace`,
      fix: `mount a BPF filesystem with delegate_cmds=${cmd.toLowerCase()} and the other masks that the object needs`,
    },
  ];
}
