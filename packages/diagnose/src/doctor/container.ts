// SPDX-License-Identifier: MIT
import { axisNames } from "@bpf-token/delegation";
import { objectNeeds } from "@bpf-token/object";
import { type CheckId, fixFor, type KernelRelease } from "@bpf-token/uapi";
import type { BpffsFact, Facts } from "../facts.js";
import { lacksCapability } from "../replay/lacks.js";
import { type AlikeMounts, groupAlike, MOST_KINDS } from "./alike.js";
import { effectiveText, holds } from "./capabilities.js";
import type { Part } from "./doctor.js";
import type { Finding } from "./finding.js";
import { maskFindings } from "./masks.js";
import { mountText, placeText } from "./mount-text.js";
import { bitsOf, objectFindings } from "./objects.js";
import { capabilitySettings, delegateSettings, maskSettings } from "./settings.js";
import { askForToken } from "./stage.js";
import type { Wanted } from "./wanted.js";

/** Findings for a process in a user namespace of its own: a container. */
export function findForContainer(facts: Facts, release: KernelRelease, wanted: Wanted): Part {
  if (facts.bpffs.length === 0) {
    return { findings: [noBpffs(facts, wanted), ...lacksBpf(facts)] };
  }
  const kinds = groupAlike(facts.bpffs);
  const refused: Finding[] = [];
  for (const kind of kinds.slice(0, MOST_KINDS)) {
    const { mount } = kind;
    const answer = askForToken(facts, mount, release);
    if (answer.how === "created") {
      const token = { path: mount.path, allows: mount.delegates };
      return {
        token,
        findings: [
          ...maskFindings(facts, mount, release),
          ...objectFindings(facts, mount, wanted, release),
        ],
      };
    }
    refused.push(
      answer.how === "unknown"
        ? unknownMount(kind, answer.why)
        : refusedMount(facts, kind, answer.code, answer.refusal?.check, answer.refusal?.sentence),
    );
  }
  // Only the capability is missing: say in one answer what the masks lack too.
  const near = refused.findIndex(({ id }) => id === "token.create.capable");
  const mount = kinds[near]?.mount;
  if (mount !== undefined) refused.push(...objectFindings(facts, mount, wanted, release));
  if (kinds.length > MOST_KINDS) refused.push(notJudged(kinds));
  return { findings: refused };
}

const noBpffs = (facts: Facts, wanted: Wanted): Finding => ({
  id: "doctor.bpffs",
  severity: "error",
  confidence: "certain",
  cause: "no BPF filesystem is mounted in the mount namespace of the process",
  evidence: ["mountinfo: no line with the type bpf"],
  fix: [...delegateSettings(facts.manager), ...masksFor(facts, wanted)],
});

/** The settings for all masks that the objects need. */
function masksFor(facts: Facts, { objects, loader }: Wanted): readonly string[] {
  const needs = [...objects.values()].flatMap((object) => objectNeeds(object, { loader }).needs);
  const masks = axisNames.map((axis) => [axis, bitsOf(needs.filter((need) => need.axis === axis))]);
  return maskSettings(facts.manager, Object.fromEntries(masks));
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
      lacks: [lacksCapability("BPF")],
    },
  ];
}

function refusedMount(
  facts: Facts,
  kind: AlikeMounts,
  code: string,
  check: CheckId | undefined,
  sentence: string | undefined,
): Finding {
  const { mount } = kind;
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
    confidence: "certain",
    cause: `${nameOf(kind)}: ${answerText(mount, id, code)}: ${sentence ?? "the model does not say why"}`,
    evidence: [mountText(mount), effectiveText(facts)],
    fix: settings[id] ?? (fix === undefined ? [] : [fix]),
    ...(id === "token.create.capable" && { lacks: [lacksCapability("BPF")] }),
  };
}

/** The owner is checked before the delegation, and inside a container it is unknown. */
function answerText(mount: BpffsFact, id: string, code: string): string {
  return mount.onHost === undefined && id === "token.create.delegation"
    ? `TOKEN_CREATE gives ${code}, or EPERM if the host owns this BPF filesystem`
    : `TOKEN_CREATE gives ${code}`;
}

/** The first path, and how many others there are. */
const nameOf = ({ mount, others }: AlikeMounts): string =>
  `${placeText(mount.path)}${others === 0 ? "" : ` and ${others} more like it`}`;

const unknownMount = (kind: AlikeMounts, why: string): Finding => ({
  id: "doctor.unknown",
  severity: "warning",
  confidence: "possible",
  cause: `it is unknown whether ${nameOf(kind)} gives a token: ${why}`,
  evidence: [mountText(kind.mount)],
  fix: [],
});

const notJudged = (kinds: readonly AlikeMounts[]): Finding => ({
  id: "doctor.unknown",
  severity: "warning",
  confidence: "possible",
  cause: `doctor judges ${MOST_KINDS} kinds of BPF filesystems, and the process has ${kinds.length}; one of the others may give a token`,
  evidence: [
    `mountinfo: ${kinds.reduce((sum, { others }) => sum + 1 + others, 0)} BPF filesystems`,
  ],
  fix: ["unmount the BPF filesystems that the program does not use, and run doctor again"],
});
