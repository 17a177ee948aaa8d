// SPDX-License-Identifier: MIT
import {
  axisNames,
  bitName,
  bitOf,
  bitsOf,
  type Delegation,
  type DelegationAxis,
  type DelegationMasks,
  delegationAxes,
  delegationMasks,
  delegationOf,
  sinceRelease,
  unionDelegations,
} from "@bpf-token/delegation";
import {
  linkProgram,
  type Need,
  type NeedAxis,
  type ObjectSpec,
  objectNeeds,
  type ProgramSpec,
} from "@bpf-token/object";
import { assertOneOf, assertOptions } from "@bpf-token/syscall";
import { AttachType, BpfCmd, type KernelRelease, newestRelease, ProgType } from "@bpf-token/uapi";
import { type Consequence, consequenceOf, type Situation } from "./consequences.js";
import { type LoaderInfo, type PolicyLoader, policyLoaders } from "./loaders.js";
import { outOfReach, reachOf } from "./reach.js";
import { withoutTypes } from "./types.js";

/** One bit or capability of a policy, and why. */
export interface PolicyReason {
  /** The mask, or `caps` for a capability. */
  readonly axis: NeedAxis;
  /** The name in the spelling of mount options; of a capability, `net_admin`. */
  readonly name: string;
  /** The parts of the objects and the probes that need it. */
  readonly because: readonly string[];
  /** What happens without it. */
  readonly without: string;
  /** Whether the load fails without it. Otherwise it succeeds, with the loss in `without`. */
  readonly required: boolean;
}

/** The least policy for some objects and a loader. Returned by {@link policyOf}. */
export interface Policy {
  /** The loader in prose. */
  readonly loader: string;
  readonly delegation: Delegation;
  /** Capabilities in the container's user namespace: `bpf`, `net_admin`. */
  readonly capabilities: readonly string[];
  readonly reasons: readonly PolicyReason[];
  /** Which versions of the kernel and of the loader it needs. */
  readonly versions: readonly string[];
  /** What it permits beyond the container. */
  readonly reach: readonly string[];
  /** What it cannot permit, or what is not known. */
  readonly open: readonly string[];
  /** The bits that the release does not know, so that it refuses or ignores the policy. */
  readonly unknown: readonly string[];
}

/** An object and its name in reasons. */
export interface PolicyObject {
  readonly file: string;
  readonly object: ObjectSpec;
}

/** Options of {@link policyOf}. */
export interface PolicyOptions {
  /** Default `libbpf`, which stands for 1.4 to 1.7. */
  readonly loader?: PolicyLoader;
  /** The release that the policy is for. Default: the newest known one. */
  readonly release?: KernelRelease;
  /** Whether the policy includes programs that are loaded only on request: those with `?` in SEC(). */
  readonly all?: boolean;
}

/**
 * Computes the least policy with which a loader can load all of several objects through a token. Each
 * bit has a reason and the consequence of its absence. Makes no bpf() call.
 *
 * @throws RangeError for an unknown release; TypeError for an unknown option or loader.
 * @example
 * ```ts
 * const { delegation, reach } = policyOf([{ file: "x.bpf.o", object: parseObject(bytes) }]);
 * console.log(formatDelegation(delegation, "systemd").join("\n"), reach);
 * ```
 */
export function policyOf(objects: readonly PolicyObject[], options: PolicyOptions = {}): Policy {
  assertOptions("policyOf", options, ["loader", "release", "all"]);
  const { release = newestRelease, all = false, loader: name = "libbpf" } = options;
  assertOneOf("policyOf: loader", name, Object.keys(policyLoaders));
  const loader: LoaderInfo = policyLoaders[name];
  const parts = objects.map((one) => partOf(one, loader, all, objects.length > 1));
  const delegation = unionDelegations(...parts.map((part) => part.delegation));
  const masks = delegationMasks(delegation);
  const reasons = joinReasons(parts.flatMap((part) => part.reasons));
  return {
    loader: loader.title,
    delegation: delegationOf(masks, release),
    capabilities: reasons.filter(({ axis }) => axis === "caps").map(({ name }) => name),
    reasons,
    versions: [...versionsOf(masks), ...loader.notes],
    reach: reachOf(masks),
    open: [
      ...new Set([
        ...parts.flatMap(({ open }) => open),
        ...outOfReach(parts.flatMap(({ programs }) => programs)),
      ]),
    ],
    unknown: unknownTo(masks, release),
  };
}

interface Part {
  readonly delegation: Delegation;
  readonly reasons: readonly PolicyReason[];
  readonly open: readonly string[];
  /** The types of the loaded programs. */
  readonly programs: readonly number[];
}

function partOf(
  { file, object }: PolicyObject,
  loader: LoaderInfo,
  all: boolean,
  named: boolean,
): Part {
  const wanted = all ? { wanted: (): boolean => true } : {};
  const own = objectNeeds(object, { loader: "plain", ...wanted });
  const probing =
    loader.probes === "none" ? own : objectNeeds(object, { loader: "libbpf", ...wanted });
  const programs = object.programs.filter(({ autoload }) => all || autoload);
  const variables = object.maps.filter(
    ({ origin }) => origin !== "definition" && origin !== "legacy",
  );
  const names = new Set(variables.map(({ name }) => name));
  const has = (needs: readonly Need[]) => (axis: NeedAxis, bit: number) =>
    needs.some((need) => need.axis === axis && need.bit === bit);
  const isOwn = has(own.needs);
  const tracepoints = has(probing.needs)("progs", ProgType.TRACEPOINT);
  const needs = probing.needs.filter(({ axis, bit }) => {
    if (loader.probes !== "libbpf-head" || variables.length > 0 || isOwn(axis, bit)) return true;
    // The test program is gone; the probe with a tracepoint program needs attach type 0 as well.
    if (axis === "cmds") return false;
    if (axis === "attachs") return bit !== AttachType.CGROUP_INET_INGRESS || tracepoints;
    return axis !== "progs" || bit !== ProgType.SOCKET_FILTER;
  });
  const structOps = programs.some(({ type }) => type === ProgType.STRUCT_OPS);
  const situation: Situation = {
    ...{ loader, own: isOwn, has: has(needs) },
    variables: new Set([...names].map((name) => `map ${name}`)),
    usesVariables:
      object.externs.some(({ kind }) => kind === "kconfig") ||
      programs.some((program) => usesMap(object, program, names)),
    withoutTypes: withoutTypes(object, programs),
  };
  const prefix = named ? `${file}: ` : "";
  const reasons = needs.map((need) => reasonOf(need, consequenceOf(need, situation), prefix));
  const items = (axis: DelegationAxis): number[] =>
    needs.filter((need) => need.axis === axis).map(({ bit }) => bit);
  return {
    delegation: {
      ...{ cmds: items("cmds"), maps: items("maps"), progs: items("progs") },
      attachs: structOps ? "any" : items("attachs"),
    },
    reasons: structOps ? [...reasons, structOpsReason(prefix)] : reasons,
    open: [...own.open, ...perfmonNote(needs, programs)].map((text) => prefix + text),
    programs: programs.map(({ type }) => type),
  };
}

/** The start of the note about CAP_PERFMON in {@link Policy.open}. */
const PERFMON_NOTE = "The verifier may ask for CAP_PERFMON";

/** Only the verifier finds these requirements: rules VF-05 to VF-07. */
function perfmonNote(needs: readonly Need[], programs: readonly ProgramSpec[]): readonly string[] {
  if (programs.length === 0 || needs.some(({ name }) => name === "perfmon")) return [];
  return [
    `${PERFMON_NOTE}: EACCES, mostly with 'prohibited' in its log. It tracks values along each path, so the policy does not predict this; --verify asks Linux's own verifier, --try the running kernel.`,
  ];
}

function usesMap(object: ObjectSpec, program: ProgramSpec, names: ReadonlySet<string>): boolean {
  const { relocations } = linkProgram(object, program);
  return relocations.some((one) => "map" in one && names.has(one.map));
}

/** Formats a need as a reason. @internal */
export function reasonOf(need: Need, { fails, text }: Consequence, prefix: string): PolicyReason {
  const { axis, bit, because } = need;
  const name = axis === "caps" ? need.name : (bitName(axis, bit) ?? String(bit));
  return {
    ...{ axis, name, without: text, required: fails },
    because: because.map((why) => prefix + why),
  };
}

function structOpsReason(prefix: string): PolicyReason {
  return {
    ...{ axis: "attachs", name: "any", required: true, without: "the load fails with EPERM" },
    because: [`${prefix}struct_ops: the attach type is the index of the member in this kernel`],
  };
}

const order: readonly NeedAxis[] = ["cmds", "maps", "progs", "attachs", "caps"];
const caps: readonly string[] = ["bpf", "net_admin", "perfmon", "sys_admin"];

/** Joins the reasons of several objects, ordered by mask and bit. @internal */
export function joinReasons(reasons: readonly PolicyReason[]): readonly PolicyReason[] {
  const joined = new Map<string, PolicyReason>();
  for (const reason of reasons) {
    const key = `${reason.axis} ${reason.name}`;
    const known = joined.get(key);
    const worse = known === undefined || (reason.required && !known.required) ? reason : known;
    const because = [...new Set([...(known?.because ?? []), ...reason.because])];
    joined.set(key, { ...worse, because });
  }
  const place = ({ axis, name }: PolicyReason): number =>
    order.indexOf(axis) * 100 + (axis === "caps" ? caps.indexOf(name) : (bitOf(axis, name) ?? 64));
  return [...joined.values()].sort((a, b) => place(a) - place(b));
}

/** Returns which releases a delegation needs. @internal */
export function versionsOf(masks: DelegationMasks): readonly string[] {
  const newer = axisNames.flatMap((axis) => {
    if (masks[axis] === ALL) return [];
    return bitsOf(masks[axis]).flatMap((bit) => {
      const since = sinceRelease(axis, bit);
      const what = `${delegationAxes[axis].what} ${bitName(axis, bit) ?? bit}`;
      return since === undefined ? [] : [`The ${what} needs Linux ${since} or newer.`];
    });
  });
  const byId = (masks.cmds >> BigInt(BpfCmd.BTF_GET_FD_BY_ID)) & 1n;
  return [
    "Tokens need Linux 6.9 or newer.",
    ...newer,
    ...(byId ? ["BPF_BTF_GET_FD_BY_ID uses a token since Linux 6.15."] : []),
  ];
}

const ALL = (1n << 64n) - 1n;

/** Returns what a release does not know. @internal */
export function unknownTo(masks: DelegationMasks, release: KernelRelease): readonly string[] {
  return axisNames.flatMap((axis) => {
    if (masks[axis] === ALL) return [];
    return bitsOf(masks[axis])
      .filter((bit) => bitName(axis, bit, release) === undefined)
      .map((bit) => `${delegationAxes[axis].what} ${bitName(axis, bit) ?? bit}`);
  });
}

/** Adds CAP_PERFMON, which a verifier required. @internal */
export function withPerfmon(policy: Policy, because: readonly string[]): Policy {
  const reason: PolicyReason = {
    ...{ axis: "caps", name: "perfmon", because, required: true },
    without: "the verifier refuses the program",
  };
  return {
    ...withoutPerfmonNote(policy),
    capabilities: [...policy.capabilities, "perfmon"],
    reasons: [...policy.reasons, reason],
  };
}

/** Removes the note that CAP_PERFMON is not predicted, because it is known. @internal */
export function withoutPerfmonNote(policy: Policy): Policy {
  return { ...policy, open: policy.open.filter((text) => !text.includes(PERFMON_NOTE)) };
}
