// SPDX-License-Identifier: MIT
import { axisNames, bitName, type DelegationAxis, delegationAxes } from "@bpf-token/delegation";
import { type Need, type ObjectSpec, objectNeeds, verifierNeeds } from "@bpf-token/object";
import {
  AttachType,
  BpfCmd,
  Capability,
  type CapabilityName,
  type CheckId,
  callNeeds,
  type KernelRelease,
  ProgType,
} from "@bpf-token/uapi";
import type { BpffsFact, Facts } from "../facts.js";
import { lacksCapability } from "../replay/lacks.js";
import { firstProbeLacks } from "../replay/probe.js";
import { allows, maskOf } from "./axes.js";
import { effectiveText, suffices } from "./capabilities.js";
import type { Finding, Lack } from "./finding.js";
import { maskText } from "./mount-text.js";
import { capabilitySettings, maskSettings } from "./settings.js";
import type { Wanted } from "./wanted.js";

/** Findings for what the masks and the process lack to load objects, all of it at once. */
export function objectFindings(
  facts: Facts,
  mount: BpffsFact,
  wanted: Wanted,
  release: KernelRelease,
): readonly Finding[] {
  const masks = new GrowingMasks(facts, mount);
  return [...wanted.objects].flatMap(([file, given]) => {
    const object = wanted.loader === "plain" ? given : asLoaded(given, mount);
    const { needs } = objectNeeds(object);
    const all = [...needs, ...verifierNeeds(object, { release })];
    const caps = capabilityGaps(facts, file, all, object);
    if (wanted.loader === "plain") {
      return inCallOrder([...maskGaps(masks, file, needs, "object"), ...caps], object.maps);
    }
    const probe = firstProbe(masks, file);
    const named = probe.flatMap(({ lacks = [] }) => lacks);
    const own = needs.filter(
      (need) =>
        !isBtfLoad(need) && !named.some(({ axis, bit }) => axis === need.axis && bit === need.bit),
    );
    const gaps = maskGaps(masks, file, own, "object");
    // libbpf loads its probe before all else, so what that lacks comes first.
    const isFirst = ({ lacks = [] }: Finding): boolean => lacks.some(isProgLoad);
    return [
      ...gaps.filter(isFirst),
      ...probe,
      ...inCallOrder(
        [
          ...gaps.filter((one) => !isFirst(one)),
          ...caps,
          ...maskGaps(masks, file, needs.filter(isBtfLoad), "types"),
          ...maskGaps(masks, file, laterProbes(object, needs), "probes"),
        ],
        asProbed(object.maps),
      ),
    ];
  });
}

/**
 * The object as libbpf loads it. If the token refuses libbpf's probe for attach types, libbpf passes attach
 * type 0 for programs whose type is optional.
 */
function asLoaded(object: ObjectSpec, { delegates }: BpffsFact): ObjectSpec {
  const isProbed =
    allows(delegates, "progs", ProgType.CGROUP_SOCK) &&
    allows(delegates, "attachs", AttachType.CGROUP_INET_SOCK_CREATE);
  if (isProbed) return object;
  const programs = object.programs.map((one) => (one.attachOptional ? { ...one, attach: 0 } : one));
  return { ...object, programs };
}

/** What the kernel asks for, in the order of a load: types, maps, then programs. */
const asked: readonly ((lack: Lack, id: string) => boolean)[] = [
  ({ axis, bit }) => axis === "cmds" && bit === BpfCmd.BTF_LOAD,
  ({ axis, bit }) => axis === "cmds" && bit === BpfCmd.MAP_CREATE,
  ({ axis }, id) => axis === "maps" || id === MAP_CAPABLE,
  ({ axis }) => axis === "cmds",
  ({ axis }) => axis === "progs",
  ({ axis }) => axis === "attachs",
];

const isDefined = ({ origin }: ObjectSpec["maps"][number]): boolean =>
  origin === "definition" || origin === "legacy";

/** Before libbpf creates maps, it probes with the type of those that hold variables. */
const asProbed = (maps: ObjectSpec["maps"]): ObjectSpec["maps"] => [
  ...maps.filter((one) => !isDefined(one)),
  ...maps.filter(isDefined),
];

/** The findings in the order in which the kernel would refuse the calls. */
function inCallOrder(findings: readonly Finding[], maps: ObjectSpec["maps"]): readonly Finding[] {
  const place = ({ id, lacks = [] }: Finding): number => {
    const found = lacks.map((lack) => asked.findIndex((is) => is(lack, id)));
    return Math.min(...found.map((at) => (at < 0 ? asked.length : at)));
  };
  /** Of a map that lacks both, the kernel looks at the token first: the sort keeps that order. */
  const map = ({ id, lacks = [] }: Finding): number =>
    maps.findIndex(({ type }) =>
      lacks.some(({ axis, bit }) =>
        id === MAP_CAPABLE ? needsCapability(type, bit) : axis === "maps" && bit === type,
      ),
    );
  return [...findings].sort((a, b) => place(a) - place(b) || map(a) - map(b));
}

/** The masks with the bits of all fixes so far, so that no fix takes back what an earlier one adds. */
class GrowingMasks {
  readonly facts: Facts;
  readonly mount: BpffsFact;
  readonly #added = new Map<DelegationAxis, bigint>();

  constructor(facts: Facts, mount: BpffsFact) {
    this.facts = facts;
    this.mount = mount;
  }

  /** The settings that delegate the bits too. */
  with(axis: DelegationAxis, bits: bigint): readonly string[] {
    const added = (this.#added.get(axis) ?? 0n) | bits;
    this.#added.set(axis, added);
    return maskSettings(this.facts.manager, {
      [axis]: maskOf(this.mount.delegates, axis) | added,
    });
  }
}

/** What libbpf's probes need beyond the object, without its first probe. */
function laterProbes(object: ObjectSpec, needs: readonly Need[]): readonly Need[] {
  const all = objectNeeds(object, { loader: "libbpf" }).needs;
  return all.filter(
    (need) =>
      !isFirstProbe(need) && !needs.some(({ axis, bit }) => axis === need.axis && bit === need.bit),
  );
}

const isFirstProbe = ({ axis, bit }: Need): boolean =>
  (axis === "progs" && bit === ProgType.SOCKET_FILTER) ||
  (axis === "attachs" && bit === AttachType.CGROUP_INET_INGRESS);

/** libbpf 1.4 to 1.7 first loads a program of two instructions. Without it, every load ends with EPERM. */
function firstProbe(masks: GrowingMasks, file: string): readonly Finding[] {
  const { mount, facts } = masks;
  const has = (axis: DelegationAxis, bit: number): boolean => allows(mount.delegates, axis, bit);
  return firstProbeLacks(has, suffices(facts, "PERFMON")).map(({ axis, bit }): Finding => {
    const name = bitName(axis, bit) ?? String(bit);
    return {
      id: ids[axis],
      severity: "error",
      confidence: "likely",
      cause: `${file}: libbpf first loads a socket_filter program without attach type, and the token lacks ${delegationAxes[axis].what} ${name}`,
      evidence: [maskText(mount, axis), "libbpf then prints: Couldn't load trivial BPF program"],
      fix: masks.with(axis, 1n << BigInt(bit)),
      lacks: [{ axis, bit, name }],
    };
  });
}

const isProgLoad = ({ axis, bit }: Lack): boolean => axis === "cmds" && bit === BpfCmd.PROG_LOAD;
const isBtfLoad = ({ axis, name }: Need): boolean => axis === "cmds" && name === "btf_load";

const ids: Readonly<Record<DelegationAxis, CheckId>> = {
  cmds: "token.dropped.cmd",
  maps: "token.dropped.map",
  progs: "token.dropped.prog",
  attachs: "token.dropped.attach",
};

/** The bits of needs, as a mask. */
export const bitsOf = (needs: readonly Need[]): bigint =>
  needs.reduce((mask, { bit }) => mask | (1n << BigInt(bit)), 0n);

/** How a need counts: what the object contains, or what only a loader's probes or types need. */
type Weight = "object" | "probes" | "types";

/** A finding for each mask that lacks bits. */
function maskGaps(
  masks: GrowingMasks,
  file: string,
  needs: readonly Need[],
  weight: Weight,
): readonly Finding[] {
  const { mount } = masks;
  return axisNames.flatMap((axis): readonly Finding[] => {
    const lacking = needs.filter(
      (need) => need.axis === axis && !allows(mount.delegates, axis, need.bit),
    );
    if (lacking.length === 0) return [];
    const names = lacking.map(({ name }) => name);
    const { what } = delegationAxes[axis];
    const plural = `${what}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
    const causes: Readonly<Record<Weight, string>> = {
      object: `the token lacks ${plural}, so the kernel ignores it`,
      probes: `the probes of libbpf may need ${plural}`,
      types: `the token lacks ${plural}, so libbpf loads without types`,
    };
    return [
      {
        id: ids[axis],
        severity: weight === "object" ? "error" : "warning",
        confidence: weight === "object" ? "certain" : weight === "probes" ? "possible" : "likely",
        cause: `${file}: ${causes[weight]}`,
        evidence: [
          maskText(mount, axis),
          ...lacking.map(({ name, because }) => `${name}: ${because.slice(0, 2).join("; ")}`),
        ],
        fix: masks.with(axis, bitsOf(lacking)),
        lacks: lacking.map(({ bit, name }) => ({ axis, bit, name })),
      },
    ];
  });
}

/** The check of the verifier that stands for all that only CAP_PERFMON permits. */
export const LEAK: CheckId = "verify.leak";

/** The check that refuses a load for want of a capability. */
const capabilityIds: Readonly<Record<string, CheckId>> = {
  BPF: "prog.load.sysctl",
  NET_ADMIN: "prog.load.net_admin",
  PERFMON: "prog.load.perfmon",
};

/** The check that refuses a map for want of a capability. */
const MAP_CAPABLE: CheckId = "map.create.capable";

/** Whether a map asks for a capability by its type; maps are created before programs are loaded. */
const needsCapability = (mapType: number, capability: number): boolean =>
  callNeeds({ cmd: BpfCmd.MAP_CREATE, mapType }).capabilities.some(
    ({ name, sysctl }) => Capability[name] === capability && !sysctl,
  );

/** The check that asks for a capability first. */
const checkOf = (cap: CapabilityName, object: ObjectSpec | undefined): Finding["id"] =>
  object?.maps.some(({ type }) => needsCapability(type, Capability[cap]))
    ? MAP_CAPABLE
    : (capabilityIds[cap] ?? "doctor.capability");

/** A finding for each capability that the process lacks. */
export function capabilityGaps(
  facts: Facts,
  file: string,
  needs: readonly Need[],
  object?: ObjectSpec,
): readonly Finding[] {
  const evidence = effectiveText(facts);
  return needs
    .filter(({ axis }) => axis === "caps")
    .flatMap((need): readonly Finding[] => {
      const cap = need.name.toUpperCase() as CapabilityName;
      if (suffices(facts, cap)) return [];
      const isOpen = need.basis === "assumed";
      return [
        {
          id: need.basis === undefined ? checkOf(cap, object) : LEAK,
          severity: isOpen ? "warning" : "error",
          confidence: isOpen ? "possible" : "certain",
          cause: isOpen
            ? `${file}: the verifier may require CAP_${cap}, which the process lacks in its user namespace; the instructions do not decide`
            : `${file}: the process lacks CAP_${cap} in its user namespace; a token does not grant it`,
          evidence: [evidence, `CAP_${cap}: ${need.because.slice(0, 2).join("; ")}`],
          fix: capabilitySettings(facts.manager, [cap]),
          lacks: [lacksCapability(cap)],
        },
      ];
    });
}
