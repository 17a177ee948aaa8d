// SPDX-License-Identifier: MIT
import { type Need, type ObjectSpec, objectNeeds } from "@bpf-token/object";
import { type CapabilityName, type CheckId, fixFor, type KernelRelease } from "@bpf-token/uapi";
import type { BpffsFact, Facts } from "../facts.js";
import { type Axis, allows, axes, what, wordsOf } from "./axes.js";
import { effectiveText, holds, suffices } from "./capabilities.js";
import type { Part } from "./doctor.js";
import type { Finding } from "./finding.js";
import { capabilitySettings, delegateSettings, maskSettings } from "./settings.js";
import { askForToken } from "./stage.js";

/** Findings for a process in a user namespace of its own: a container. */
export function findForContainer(
  facts: Facts,
  release: KernelRelease,
  objects: ReadonlyMap<string, ObjectSpec>,
): Part {
  if (facts.bpffs.length === 0) {
    return { findings: [noBpffs(facts, objects), ...lacksBpf(facts)] };
  }
  const refused: Finding[] = [];
  for (const mount of facts.bpffs) {
    const answer = askForToken(facts, mount, release);
    if (answer.how === "created") {
      const token = { path: mount.path, allows: mount.delegates };
      return {
        token,
        findings: [
          ...maskFindings(facts, mount, release),
          ...objectFindings(facts, mount, objects),
        ],
      };
    }
    refused.push(
      answer.how === "unknown"
        ? unknownMount(mount, answer.why)
        : refusedMount(facts, mount, answer.code, answer.refusal?.check, answer.refusal?.sentence),
    );
  }
  // Only the capability is missing: say in one answer what the masks lack too.
  const near = refused.findIndex(({ id }) => id === "token.create.capable");
  const mount = facts.bpffs[near];
  if (mount !== undefined) refused.push(...objectFindings(facts, mount, objects));
  return { findings: refused };
}

const noBpffs = (facts: Facts, objects: ReadonlyMap<string, ObjectSpec>): Finding => ({
  id: "doctor.bpffs",
  severity: "error",
  confidence: "certain",
  cause: "no BPF filesystem is mounted in the mount namespace of the process",
  evidence: ["mountinfo: no line with the type bpf"],
  fix: [...delegateSettings(facts.manager), ...masksFor(facts, objects)],
});

/** The settings for all masks that the objects need, with the names for the probes of libbpf. */
function masksFor(facts: Facts, objects: ReadonlyMap<string, ObjectSpec>): readonly string[] {
  const needs = [...objects.values()].flatMap(
    (object) => objectNeeds(object, { loader: "libbpf" }).needs,
  );
  return axes.flatMap((axis) => {
    const names = needs.filter((need) => need.axis === axis).map(({ name }) => name);
    return names.length === 0 ? [] : maskSettings(facts.manager, axis, [...new Set(names)]);
  });
}

/** Without a filesystem the model is not asked, so that a missing CAP_BPF is said at once too. */
function lacksBpf(facts: Facts): readonly Finding[] {
  if (holds(facts, "BPF")) return [];
  return [
    {
      id: "token.create.capable",
      severity: "error",
      confidence: "certain",
      cause: "the process lacks CAP_BPF in its user namespace; a token does not grant it",
      evidence: [effectiveText(facts)],
      fix: capabilitySettings(facts.manager, ["BPF"]),
    },
  ];
}

function refusedMount(
  facts: Facts,
  mount: BpffsFact,
  code: string,
  check: CheckId | undefined,
  sentence: string | undefined,
): Finding {
  const id = check ?? "doctor.unknown";
  const settings: Readonly<Record<string, readonly string[]>> = {
    "token.create.capable": capabilitySettings(facts.manager, ["BPF"]),
    "token.create.delegation": delegateSettings(facts.manager),
    "token.create.userns": [
      "remove the bind mount of the host's BPF filesystem",
      ...delegateSettings(facts.manager),
    ],
  };
  const fix = check === undefined ? undefined : fixFor(check);
  return {
    id,
    severity: "error",
    confidence: mount.onHost === undefined && id === "token.create.userns" ? "likely" : "certain",
    cause: `${mount.path}: TOKEN_CREATE gives ${code}: ${sentence ?? "the model does not say why"}`,
    evidence: [mountText(mount), effectiveText(facts)],
    fix: settings[id] ?? (fix === undefined ? [] : [fix]),
  };
}

const unknownMount = (mount: BpffsFact, why: string): Finding => ({
  id: "doctor.unknown",
  severity: "warning",
  confidence: "possible",
  cause: `cannot tell whether ${mount.path} gives a token: ${why}`,
  evidence: [mountText(mount)],
  fix: [],
});

function mountText({ path, device, root, delegates, onHost }: BpffsFact): string {
  const options = Object.entries(delegates).map(([name, value]) => `${name}=${value}`);
  const where = onHost === true ? ", also mounted on the host" : "";
  const part = root === "/" ? "" : `, only its directory ${root}`;
  const masks = options.length === 0 ? "delegates nothing" : options.join(" ");
  return `mountinfo: ${path}, device ${device}${part}${where}: ${masks}`;
}

const maskText = ({ path, delegates }: BpffsFact, axis: Axis): string => {
  const mask = delegates[`delegate_${axis}`];
  return `mountinfo: ${path}: ${mask === undefined ? `no delegate_${axis}` : `delegate_${axis}=${mask}`}`;
};

/** Commands that use a token, and since when. Rules MC-10, PL-04, BL-03 and CG-03. */
const commands = ["map_create", "prog_load", "btf_load", "btf_get_fd_by_id"] as const;
const commandNumbers: Readonly<Record<(typeof commands)[number], number>> = {
  map_create: 0,
  prog_load: 5,
  btf_load: 18,
  btf_get_fd_by_id: 19,
};

function maskFindings(facts: Facts, mount: BpffsFact, release: KernelRelease): readonly Finding[] {
  const { delegates } = mount;
  const findings: Finding[] = [];
  const add = (id: string, cause: string, fix: readonly string[]): void => {
    findings.push({
      id,
      severity: "warning",
      confidence: "certain",
      cause,
      evidence: [mountText(mount)],
      fix,
    });
  };
  const has = (name: (typeof commands)[number]): boolean =>
    allows(delegates, "cmds", commandNumbers[name]);
  const needs: readonly (readonly [Axis, (typeof commands)[number]])[] = [
    ["maps", "map_create"],
    ["progs", "prog_load"],
  ];
  for (const [axis, command] of needs) {
    const words = wordsOf(delegates, axis);
    if (words.length > 0 && !has(command)) {
      const all = [...wordsOf(delegates, "cmds"), command];
      add(
        "token.dropped.cmd",
        `the delegation has ${what[axis]}s but not ${command}, so they have no effect`,
        maskSettings(facts.manager, "cmds", all),
      );
    }
  }
  if (has("prog_load") && wordsOf(delegates, "attachs").length === 0) {
    add(
      "token.dropped.attach",
      "no attach type is delegated, so no program can be loaded; programs without one need cgroup_inet_ingress",
      maskSettings(facts.manager, "attachs", ["cgroup_inet_ingress"]),
    );
  }
  const idle = wordsOf(delegates, "cmds").filter((word) => {
    const uses = commands.some((name) => name === word);
    const late = word === "btf_get_fd_by_id" && isBefore(release, 15);
    return (!uses || late) && word !== "any" && !/^(?:0x|\d)/.test(word);
  });
  if (idle.length > 0) {
    findings.push({
      id: "doctor.idle_command",
      severity: "note",
      confidence: "certain",
      cause: `${idle.join(", ")} in delegate_cmds ${idle.length === 1 ? "has" : "have"} no effect: ${idle.length === 1 ? "the command does" : "these commands do"} not use a token`,
      evidence: [mountText(mount)],
      fix: [],
    });
  }
  return findings;
}

const isBefore = (release: KernelRelease, minor: number): boolean => {
  const [, major, own] = /^(\d+)\.(\d+)$/.exec(release) ?? [];
  return major === "6" && Number(own) < minor;
};

function objectFindings(
  facts: Facts,
  mount: BpffsFact,
  objects: ReadonlyMap<string, ObjectSpec>,
): readonly Finding[] {
  return [...objects].flatMap(([file, object]) => {
    const needs = objectNeeds(object).needs;
    const probes = objectNeeds(object, { loader: "libbpf" }).needs.filter(
      (need) => !needs.some(({ axis, bit }) => axis === need.axis && bit === need.bit),
    );
    const types = needs.filter(isBtfLoad);
    const own = needs.filter((need) => !isBtfLoad(need));
    return [
      ...maskGaps(facts, mount, file, own, "object"),
      ...capabilityGaps(facts, file, needs),
      ...maskGaps(facts, mount, file, types, "types"),
      ...maskGaps(facts, mount, file, probes, "probes"),
    ];
  });
}

const isBtfLoad = ({ axis, name }: Need): boolean => axis === "cmds" && name === "btf_load";

const ids: Readonly<Record<Axis, CheckId>> = {
  cmds: "token.dropped.cmd",
  maps: "token.dropped.map",
  progs: "token.dropped.prog",
  attachs: "token.dropped.attach",
};

/** How a need counts: what the object contains, or what only a loader's probes or types need. */
type Weight = "object" | "probes" | "types";

/** A finding for each mask that lacks bits. */
function maskGaps(
  facts: Facts,
  mount: BpffsFact,
  file: string,
  needs: readonly Need[],
  weight: Weight,
): readonly Finding[] {
  return axes.flatMap((axis): readonly Finding[] => {
    const lacking = needs.filter(
      (need) => need.axis === axis && !allows(mount.delegates, axis, need.bit),
    );
    if (lacking.length === 0) return [];
    const names = lacking.map(({ name }) => name);
    const plural = `${names.length === 1 ? what[axis] : `${what[axis]}s`} ${names.join(", ")}`;
    const all = [...wordsOf(mount.delegates, axis), ...names];
    const causes: Readonly<Record<Weight, string>> = {
      object: `the token lacks ${plural}, so the kernel ignores it`,
      probes: `the probes of libbpf may need ${plural}`,
      types: `the token lacks ${plural}; libbpf loads without types, other loaders fail`,
    };
    // libbpf loads some programs with attach type 0 if its probe was refused.
    const certain = weight === "object" && axis !== "attachs";
    return [
      {
        id: ids[axis],
        severity: weight === "object" ? "error" : "warning",
        confidence: certain ? "certain" : weight === "probes" ? "possible" : "likely",
        cause: `${file}: ${causes[weight]}`,
        evidence: [
          maskText(mount, axis),
          ...lacking.map(({ name, because }) => `${name}: ${because.slice(0, 2).join("; ")}`),
        ],
        fix: maskSettings(facts.manager, axis, all),
      },
    ];
  });
}

/** The check that refuses a load for want of a capability. */
const capabilityIds: Readonly<Record<string, CheckId>> = {
  BPF: "prog.load.sysctl",
  NET_ADMIN: "prog.load.net_admin",
  PERFMON: "prog.load.perfmon",
};

function capabilityGaps(facts: Facts, file: string, needs: readonly Need[]): readonly Finding[] {
  return needs
    .filter(({ axis }) => axis === "caps")
    .flatMap(({ name, because }): readonly Finding[] => {
      const cap = name.toUpperCase() as CapabilityName;
      if (suffices(facts, cap)) return [];
      return [
        {
          id: capabilityIds[cap] ?? "doctor.capability",
          severity: "error",
          confidence: "certain",
          cause: `${file}: the process lacks CAP_${cap} in its user namespace; a token does not grant it`,
          evidence: [effectiveText(facts), `CAP_${cap}: ${because.slice(0, 2).join("; ")}`],
          fix: capabilitySettings(facts.manager, [cap]),
        },
      ];
    });
}
