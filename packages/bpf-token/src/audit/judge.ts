// SPDX-License-Identifier: MIT
// What is wrong with one row, and what to change.
import {
  addMasks,
  axisNames,
  bitsOf,
  capabilityNames,
  type DelegationAxis,
  type DelegationMasks,
  formatMask,
  judgeDelegation,
} from "@bpf-token/delegation";
import {
  type CapabilityReach,
  type Finding,
  type HostSnapshot,
  ownNetwork,
  placeText,
} from "@bpf-token/diagnose";
import { BpfCmd, Capability, type CapabilityName, callNeeds } from "@bpf-token/uapi";
import { networkTypes, reachOf } from "../policy/reach.js";
import { type Access, nameOf } from "./access.js";
import { dropCapability } from "./fixes.js";
import { auditTexts } from "./texts.js";

const ALL = (1n << 64n) - 1n;

/** How certainly processes have some capabilities: now, after a set-user-ID program, together with others, or never. */
type Sure = "held" | "reachable" | "peer" | "no";

/** Returns what is wrong with a row. Errors reach the host beyond what a container should. */
export function judgeAccess(row: Access, host: Pick<HostSnapshot, "lockdown">): readonly Finding[] {
  const creates = mayHold(row, ["BPF"]);
  if (row.tokens === 0 && (creates === "no" || row.userns.initial)) return [nobody(row)];
  const idle = idleMasks(row);
  const used = mapMasks((axis) => row.masks[axis] & ~idle[axis]);
  return [
    ...kernelMemory(row, used, host),
    ...hostNetwork(row, used),
    ...unmounted(row),
    ...anyMask(row),
    ...idleBits(row, idle, used),
    ...reach(used),
  ];
}

/**
 * Whether a process has all of some capabilities, for which CAP_SYS_ADMIN stands (rule CC-02), and one creates
 * a token for it, which takes CAP_BPF. A token may be passed on.
 */
function mayHold({ capabilities, peers, tokens }: Access, names: readonly CapabilityName[]): Sure {
  const together = (all: readonly CapabilityReach[], of: "held" | "reachable"): boolean =>
    (tokens > 0 || all.some((one) => isIn(one[of], "BPF"))) &&
    all.some((one) => names.every((name) => isIn(one[of], name) || isIn(one[of], "SYS_ADMIN")));
  if (together(capabilities, "held")) return "held";
  if (together(capabilities, "reachable")) return "reachable";
  return together([...capabilities, ...peers], "reachable") ? "peer" : "no";
}

const bit = (at: number): bigint => 1n << BigInt(at);

const isIn = (mask: bigint, name: CapabilityName): boolean => (mask & bit(Capability[name])) !== 0n;

const mapMasks = (of: (axis: DelegationAxis) => bigint): DelegationMasks => ({
  ...{ cmds: of("cmds"), maps: of("maps"), progs: of("progs"), attachs: of("attachs") },
});

/** Whether a program of some type can be loaded. */
const loadsPrograms = ({ cmds, progs, attachs }: DelegationMasks): boolean =>
  (cmds & bit(BpfCmd.PROG_LOAD)) !== 0n && progs !== 0n && attachs !== 0n;

/** The bits that nothing can use: no token check reads them, or no process has the capability. */
function idleMasks(row: Access): DelegationMasks {
  const issues = judgeDelegation(
    // `any` covers what nobody can use; audit.any reports it.
    Object.fromEntries(
      axisNames.map((axis) => [axis, row.masks[axis] === ALL ? "any" : bitsOf(row.masks[axis])]),
    ),
  );
  const idle: Record<DelegationAxis, bigint> = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
  for (const { id, axis, mask } of issues) {
    const named = id === "inert_command" || id === "lacks_command" || id === "lacks_types";
    if (named && row.masks[axis] !== ALL) idle[axis] |= mask;
  }
  for (const [axis, cmd, field] of types) {
    if (row.masks[axis] === ALL) continue;
    for (const type of bitsOf(row.masks[axis])) {
      const { capabilities } = callNeeds({ cmd, [field]: type });
      const names = capabilities.map(({ name }) => name);
      if (mayHold(row, ["BPF", ...names]) === "no") idle[axis] |= bit(type);
    }
  }
  return idle;
}

const types = [
  ["maps", BpfCmd.MAP_CREATE, "mapType"],
  ["progs", BpfCmd.PROG_LOAD, "progType"],
] as const;

/**
 * With CAP_PERFMON by the token, programs of every type may call bpf_probe_read_kernel(): VF-04. Tried on
 * Linux 6.18 with an XDP program.
 */
function kernelMemory(
  row: Access,
  used: DelegationMasks,
  { lockdown }: Pick<HostSnapshot, "lockdown">,
): readonly Finding[] {
  const sure = mayHold(row, ["BPF", "PERFMON"]);
  if (sure === "no" || !loadsPrograms(used) || lockdown === "confidentiality") return [];
  const drop = dropCapability(row, "PERFMON");
  return [
    {
      id: "audit.kernel_memory",
      ...levelOf(row, sure),
      cause: `it can read the memory of the whole kernel: it may load programs, and ${have(sure)} CAP_PERFMON`,
      evidence: [
        ...evidenceOf(row),
        "with CAP_PERFMON, a program may call bpf_probe_read_kernel()",
      ],
      fix: [drop, "or delegate no programs: no prog_load in delegate_cmds"],
    },
  ];
}

const have = (sure: Exclude<Sure, "no">): string =>
  ({
    held: "has",
    reachable: "a set-user-ID program in it would get",
    peer: "another process in its user namespace has, or can get,",
  })[sure];

/** An error only if it can happen now. */
function levelOf({ onHost }: Access, sure: Sure): Pick<Finding, "severity" | "confidence"> {
  return sure === "held" && !onHost
    ? { severity: "error", confidence: "certain" }
    : { severity: "warning", confidence: "possible" };
}

function hostNetwork(row: Access, used: DelegationMasks): readonly Finding[] {
  const progs = bitsOf(used.progs).filter((type) => networkTypes.has(type));
  const sure = mayHold(row, ["BPF", "NET_ADMIN"]);
  if (row.hostNetwork !== true || sure === "no" || progs.length === 0 || !loadsPrograms(used)) {
    return [];
  }
  return [
    {
      id: "audit.host_network",
      ...levelOf(row, sure),
      cause: auditTexts["audit.host_network"].cause,
      evidence: [...evidenceOf(row), "a link attaches to every interface of that namespace"],
      fix: [
        `give it a network namespace that its user namespace owns: ${ownNetwork(row.owner)}`,
        "or delegate no xdp and sched_cls in delegate_progs",
      ],
    },
  ];
}

function unmounted(row: Access): readonly Finding[] {
  if (row.unmounted === 0) return [];
  return [
    {
      id: "audit.unmounted",
      severity: "warning",
      confidence: "certain",
      cause: auditTexts["audit.unmounted"].cause,
      evidence: evidenceOf(row),
      fix: [`end the processes that have it: first ${nameOf(row.holder ?? row.first)}`],
    },
  ];
}

function anyMask(row: Access): readonly Finding[] {
  const axes = axisNames.filter((axis) => row.masks[axis] === ALL);
  if (axes.length === 0) return [];
  const options = axes.map((axis) => `delegate_${axis}=any`).join(", ");
  return [
    {
      id: "audit.any",
      severity: "warning",
      confidence: "certain",
      cause: `${options}: it may use everything that this kernel and future ones have`,
      evidence: evidenceOf(row),
      fix: auditTexts["audit.any"].fix,
    },
  ];
}

function idleBits(row: Access, idle: DelegationMasks, used: DelegationMasks): readonly Finding[] {
  const parts = axisNames.filter((axis) => idle[axis] !== 0n);
  if (parts.length === 0) return [];
  const words = parts.map((axis) => `${formatMask(axis, idle[axis])} in delegate_${axis}`);
  const changed = mapMasks((axis) => (parts.includes(axis) ? used[axis] : 0n));
  const empty = parts.filter((axis) => used[axis] === 0n);
  return [
    {
      id: "audit.idle",
      severity: "warning",
      confidence: "certain",
      cause: `nothing can use ${words.join(", ")}: no token check reads it, its command or its types are not delegated, or no process has the capability`,
      evidence: evidenceOf(row),
      fix: [
        ...addMasks(row.owner?.kind, changed),
        ...empty.map((axis) => `remove delegate_${axis}`),
      ],
    },
  ];
}

function reach(used: DelegationMasks): readonly Finding[] {
  const sentences = loadsPrograms(used) ? reachOf(used) : [];
  if (sentences.length === 0) return [];
  return [
    {
      id: "audit.reach",
      severity: "note",
      confidence: "certain",
      cause: "its programs can reach beyond it",
      evidence: [...sentences],
      fix: [],
    },
  ];
}

function nobody(row: Access): Finding {
  const why = row.userns.initial
    ? "only processes of the initial user namespace see it, and they cannot create tokens"
    : "no process in its user namespace has CAP_BPF, or can get it";
  return {
    id: "audit.nobody",
    severity: "warning",
    confidence: "certain",
    cause: `nobody can create a token from it: ${why}`,
    evidence: evidenceOf(row),
    fix: auditTexts["audit.nobody"].fix,
  };
}

function evidenceOf(row: Access): readonly string[] {
  const { processes, first, userns, paths, filesystems } = row;
  const options = axisNames
    .filter((axis) => row.masks[axis] !== 0n)
    .map((axis) => `delegate_${axis}=${formatMask(axis, row.masks[axis])}`);
  const more = filesystems > 1 ? ` (${filesystems} BPF filesystems)` : "";
  const held = row.capabilities.reduce((all, one) => all | one.held, 0n);
  const names = capabilityNames(held).join(", ");
  return [
    `processes: ${processes}, first ${nameOf(first)}, user namespace ${userns.inode}`,
    `capabilities: ${names === "" ? "none for bpf()" : names}`,
    ...(paths.length === 0 ? [] : [`mounted at ${paths.map(shorten).join(", ")}${more}`]),
    ...options,
    ...tokenText(row),
  ];
}

function tokenText({ tokens, unmounted, passed }: Access): readonly string[] {
  if (tokens === 0) return [];
  const parts = [
    `open tokens: ${tokens}`,
    ...(unmounted === 0 ? [] : [`${unmounted} of a BPF filesystem that is mounted nowhere`]),
    ...(passed === 0 ? [] : [`${passed} of a BPF filesystem that only others see`]),
  ];
  return [parts.join(", ")];
}

/** A container gives its directories names of any length. */
const shorten = (path: string): string =>
  placeText(path.length > 60 ? `${path.slice(0, 59)}…` : path);
