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
import { withDispatcher } from "./dispatcher.js";
import { type LoaderInfo, type PolicyLoader, policyLoaders } from "./loaders.js";
import { type ComputedPerfmon, computePerfmon, unprovenSentences } from "./perfmon.js";
import type { Policy, PolicyObject, PolicyReason } from "./policy-result.js";
import { outOfReach, reachOf } from "./reach.js";
import { withoutTypes } from "./types.js";

export type { Policy, PolicyObject, PolicyReason } from "./policy-result.js";

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
  const { release = newestRelease, loader: name = "libbpf" } = options;
  assertOneOf("policyOf: loader", name, Object.keys(policyLoaders));
  const loader: LoaderInfo = policyLoaders[name];
  const loaded = loader.dispatcher === true ? objects.map(withDispatcher) : objects;
  const parts = loaded.map((one) => partOf(one, loader, options, objects.length > 1));
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
    proof: unprovenSentences(
      parts.map(({ perfmon }) => perfmon),
      parts.some(({ programs }) => programs.length > 0),
    ),
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
  readonly perfmon: ComputedPerfmon;
  /** The types of the loaded programs. */
  readonly programs: readonly number[];
}

function partOf(
  { file, object }: PolicyObject,
  loader: LoaderInfo,
  options: PolicyOptions,
  named: boolean,
): Part {
  const { all = false } = options;
  const wanted = all ? { wanted: (): boolean => true } : {};
  const own = objectNeeds(object, { loader: "plain", ...wanted });
  const programs = object.programs.filter(({ autoload }) => all || autoload);
  const variables = object.maps.filter(
    ({ origin }) => origin !== "definition" && origin !== "legacy",
  );
  const names = new Set(variables.map(({ name }) => name));
  const isOwn = hasNeed(own.needs);
  const probing =
    loader.probes === "none" ? own : objectNeeds(object, { loader: "libbpf", ...wanted });
  const needs =
    loader.probes === "libbpf-head" && variables.length === 0
      ? withoutTestProgram(probing.needs, isOwn)
      : probing.needs;
  const structOps = programs.some(({ type }) => type === ProgType.STRUCT_OPS);
  const situation: Situation = {
    ...{ loader, own: isOwn, has: hasNeed(needs) },
    variables: new Set([...names].map((name) => `map ${name}`)),
    usesVariables:
      object.externs.some(({ kind }) => kind === "kconfig") ||
      programs.some((program) => usesMap(object, program, names)),
    withoutTypes: withoutTypes(object, programs),
  };
  const prefix = named ? `${file}: ` : "";
  const reasons = needs.map((need) => reasonOf(need, consequenceOf(need, situation), prefix));
  const perfmon = computePerfmon(object, programs, prefix, options.release);
  const items = (axis: DelegationAxis): number[] =>
    needs.filter((need) => need.axis === axis).map(({ bit }) => bit);
  return {
    delegation: {
      ...{ cmds: items("cmds"), maps: items("maps"), progs: items("progs") },
      attachs: structOps ? "any" : items("attachs"),
    },
    reasons: [
      ...reasons,
      ...(structOps ? [structOpsReason(prefix)] : []),
      ...(perfmon.reason === undefined ? [] : [perfmon.reason]),
    ],
    perfmon,
    open: [...own.open, ...targetNotes(programs, loader)].map((text) => prefix + text),
    programs: programs.map(({ type }) => type),
  };
}

/** What to know about extensions, whose target program a loader must find or load first. */
function targetNotes(programs: readonly ProgramSpec[], loader: LoaderInfo): readonly string[] {
  if (loader.dispatcher === true) return [];
  return programs
    .filter(({ type }) => type === ProgType.EXT)
    .map(({ name, target }) => {
      const what =
        target === undefined ? "a function of another program" : `the function ${target}`;
      return `program ${name} is an extension (freplace): it replaces ${what}, whose program must be loaded first. Through a token, that takes libbpf 1.6 and Linux 6.15 or newer.`;
    });
}

type HasNeed = (axis: NeedAxis, bit: number) => boolean;

const hasNeed =
  (needs: readonly Need[]): HasNeed =>
  (axis, bit) =>
    needs.some((need) => need.axis === axis && need.bit === bit);

/** libbpf after 1.7 loads no test program; its probe with a tracepoint program needs attach type 0 too. */
function withoutTestProgram(needs: readonly Need[], isOwn: HasNeed): readonly Need[] {
  const tracepoints = hasNeed(needs)("progs", ProgType.TRACEPOINT);
  return needs.filter(({ axis, bit }) => {
    if (isOwn(axis, bit)) return true;
    if (axis === "cmds") return false;
    if (axis === "attachs") return bit !== AttachType.CGROUP_INET_INGRESS || tracepoints;
    return axis !== "progs" || bit !== ProgType.SOCKET_FILTER;
  });
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

const isRuled = (known: PolicyReason | undefined): boolean =>
  known !== undefined && known.basis === undefined;

/** Joins the reasons of several objects, ordered by mask and bit. @internal */
export function joinReasons(reasons: readonly PolicyReason[]): readonly PolicyReason[] {
  const joined = new Map<string, PolicyReason>();
  for (const reason of reasons) {
    const key = `${reason.axis} ${reason.name}`;
    const known = joined.get(key);
    const worse = known === undefined || (reason.required && !known.required) ? reason : known;
    const because = [...new Set([...(known?.because ?? []), ...reason.because])];
    const { basis, ...rest } = worse;
    // A rule that requires the bit for one object holds for all of them.
    const isRule = basis === undefined || reason.basis === undefined || isRuled(known);
    joined.set(key, { ...rest, because, ...(isRule ? {} : { basis }) });
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
