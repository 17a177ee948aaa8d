// SPDX-License-Identifier: MIT
import { type KernelRelease, newestRelease } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes } from "../axes.js";
import { DelegationError } from "../error.js";
import { formatMask } from "../mask-text.js";
import { bitsOf, type Delegation, delegationMasks, delegationOf } from "../masks.js";
import { ALL_BITS, bitName } from "../names.js";
import { systemdName } from "./systemd-names.js";

/**
 * The formats of {@link formatDelegation}.
 *
 * - `kernel`: mount options of a bpffs
 * - `systemd`: a drop-in for a unit, systemd 258 or newer
 * - `lxd`, `incus`: keys of a container's configuration
 * - `oci`: annotations and capabilities in the `config.json` of the OCI runtime
 * - `k8s`: annotations and capabilities of a pod
 * - `podman`, `docker`: a command with annotations and capabilities, for a shell script
 * - `hook`: the allow-list of `bpf-token-hook`
 * - `exec`: a `bpf-token exec` command
 *
 * No runtime acts on the annotations by itself: a `createRuntime` hook such as `bpf-token-hook` must
 * read them.
 *
 * @example
 * ```ts
 * for (const dialect of dialects) console.log(formatDelegation(delegation, dialect).join("\n"));
 * ```
 */
export const dialects = [
  "kernel",
  "systemd",
  "lxd",
  "incus",
  "oci",
  "podman",
  "docker",
  "k8s",
  "hook",
  "exec",
] as const;
/** One of {@link dialects}. */
export type Dialect = (typeof dialects)[number];

/** Options of {@link formatDelegation}. */
export interface FormatOptions {
  /** Capabilities of the process, such as `bpf`; with or without `CAP_`. Default: CAP_BPF. */
  readonly capabilities?: readonly string[];
  /** The release whose names are used. A bit without a name becomes a number. */
  readonly release?: KernelRelease;
  /** The prefix of annotations. Default {@link ANNOTATION_PREFIX}. */
  readonly prefix?: string;
}

/**
 * The default prefix of annotations: `bpf-token/delegate_cmds`.
 *
 * @example
 * ```ts
 * formatDelegation(delegation, "k8s", { prefix: ANNOTATION_PREFIX });
 * ```
 */
export const ANNOTATION_PREFIX = "bpf-token/";

interface Policy {
  readonly masks: readonly (readonly [axis: DelegationAxis, mask: bigint])[];
  /** Upper case, without `CAP_`. */
  readonly capabilities: readonly string[];
  readonly release: KernelRelease;
  readonly prefix: string;
}

const systemdSettings: Readonly<Record<DelegationAxis, string>> = {
  cmds: "BPFDelegateCommands",
  maps: "BPFDelegateMaps",
  progs: "BPFDelegatePrograms",
  attachs: "BPFDelegateAttachments",
};

const lxdKeys: Readonly<Record<DelegationAxis, string>> = {
  cmds: "cmd_types",
  maps: "map_types",
  progs: "prog_types",
  attachs: "attach_types",
};

/**
 * Formats a delegation for a program that mounts a bpffs, one setting per line. Masks without a bit
 * are omitted.
 *
 * @throws DelegationError for an unknown name, and for a bit that systemd cannot express: it accepts
 *   only names. RangeError for an unknown release.
 * @example
 * ```ts
 * formatDelegation({ cmds: ["map_create"], maps: ["array"] }, "kernel");
 * // ["delegate_cmds=map_create,delegate_maps=array"]
 * ```
 */
export function formatDelegation(
  delegation: Delegation,
  dialect: Dialect,
  options: FormatOptions = {},
): readonly string[] {
  const masks = delegationMasks(delegation);
  return formats[dialect]({
    masks: axisNames.flatMap((axis) => (masks[axis] === 0n ? [] : [[axis, masks[axis]] as const])),
    capabilities: (options.capabilities ?? ["bpf"]).map((name) =>
      name.toUpperCase().replace(/^CAP_/, ""),
    ),
    release: options.release ?? newestRelease,
    prefix: options.prefix ?? ANNOTATION_PREFIX,
  });
}

/** The masks as `key=value`, with names separated by `separator`. */
function settings(
  { masks, release }: Policy,
  key: (axis: DelegationAxis) => string,
  separator: string = ":",
): readonly string[] {
  return masks.map(([axis, mask]) => `${key(axis)}=${formatMask(axis, mask, release, separator)}`);
}

const formats: Readonly<Record<Dialect, (policy: Policy) => readonly string[]>> = {
  kernel: (policy) => [settings(policy, (axis) => `delegate_${axis}`).join(",")],
  systemd: ({ masks, capabilities, release }) => [
    ...["[Service]", "PrivateUsers=yes", "PrivateMounts=yes", "DelegateNamespaces=mnt"],
    "PrivateBPF=yes",
    ...masks.map(([axis, mask]) => `${systemdSettings[axis]}=${systemdValue(axis, mask, release)}`),
    `AmbientCapabilities=${capabilities.map((name) => `CAP_${name}`).join(" ")}`,
  ],
  lxd: (policy) => [
    "security.delegate_bpf=true",
    ...settings(policy, (axis) => `security.delegate_bpf.${lxdKeys[axis]}`),
  ],
  incus: (policy) => settings(policy, (axis) => `security.bpffs.delegate_${axis}`, ","),
  oci: ({ capabilities, ...policy }) => {
    const names = capabilities.map((name) => `CAP_${name}`);
    const sets = { bounding: names, effective: names, permitted: names };
    const config = {
      annotations: annotationsOf({ capabilities, ...policy }),
      process: { capabilities: sets },
    };
    return JSON.stringify(config, null, 2).split("\n");
  },
  k8s: (policy) => [
    ...["metadata:", "  annotations:"],
    ...Object.entries(annotationsOf(policy)).map(([key, value]) => `    ${key}: "${value}"`),
    ...["spec:", "  hostUsers: false", "  containers:", "    - name: NAME"],
    ...["      securityContext:", "        capabilities:"],
    `          add: [${policy.capabilities.join(", ")}]`,
  ],
  podman: (policy) => runCommand("podman run --userns=auto", policy),
  docker: (policy) => runCommand("docker run --runtime=bpf-token", policy),
  hook: ({ masks, release }) => {
    const all = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n, ...Object.fromEntries(masks) };
    return JSON.stringify({ allow: delegationOf(all, release) }, null, 2).split("\n");
  },
  exec: (policy) => {
    const masks = settings(policy, (axis) => axis).join(",");
    const caps = policy.capabilities.map((name) => name.toLowerCase()).join(",");
    return [`bpf-token exec --caps ${caps} --delegate ${masks} -- COMMAND`];
  },
};

/** A command of a shell script: the arguments of the script follow the options. */
function runCommand(start: string, policy: Policy): readonly string[] {
  const caps = policy.capabilities.map((name) => `CAP_${name}`);
  return [
    `${start} \\`,
    ...caps.map((name) => `  --cap-add=${name} \\`),
    ...Object.entries(annotationsOf(policy)).map(
      ([key, value]) => `  --annotation=${key}=${value} \\`,
    ),
    '  "$@"',
  ];
}

function annotationsOf({ masks, release, prefix }: Policy): Readonly<Record<string, string>> {
  return Object.fromEntries(
    masks.map(([axis, mask]) => [`${prefix}delegate_${axis}`, formatMask(axis, mask, release)]),
  );
}

function systemdValue(axis: DelegationAxis, mask: bigint, release: KernelRelease): string {
  if (mask === ALL_BITS) return "any";
  const names = bitsOf(mask).map((bit) => {
    const name = systemdName(axis, bit, release);
    if (name !== undefined) return name;
    const word = bitName(axis, bit, release) ?? `bit ${bit}`;
    throw new DelegationError(
      `systemd has no name for ${delegationAxes[axis].what} ${word}; it accepts only names and 'any'`,
    );
  });
  return names.join(",");
}
