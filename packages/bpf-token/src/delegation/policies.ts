// SPDX-License-Identifier: MIT
import type { ObjectNeeds } from "@bpf-token/object";
import type { DelegationAxis } from "./axes.js";

/**
 * Programs in whose settings {@link formatPolicy} can write a policy.
 *
 * @example
 * ```ts
 * for (const dialect of policyDialects) console.log(formatPolicy(needs, dialect).join("\n"));
 * ```
 */
export const policyDialects = ["exec", "mount", "systemd", "lxd", "incus"] as const;
/** One of {@link policyDialects}. */
export type PolicyDialect = (typeof policyDialects)[number];

interface AxisWords {
  readonly axis: DelegationAxis;
  readonly systemd: string;
  /** The prefix of each name in a systemd setting. */
  readonly prefix: string;
  readonly lxd: string;
}

const axes: readonly AxisWords[] = [
  { axis: "cmds", systemd: "Commands", prefix: "BPF", lxd: "cmd_types" },
  { axis: "maps", systemd: "Maps", prefix: "BPFMapType", lxd: "map_types" },
  { axis: "progs", systemd: "Programs", prefix: "BPFProgType", lxd: "prog_types" },
  { axis: "attachs", systemd: "Attachments", prefix: "BPF", lxd: "attach_types" },
];

/** The names of one axis, in the spelling of mount options. */
function namesOf(needs: ObjectNeeds, axis: DelegationAxis): readonly string[] {
  return needs.needs.filter((need) => need.axis === axis).map(({ name }) => name);
}

/** The masks in which an object needs a bit, with the names of the bits. */
function required(
  needs: ObjectNeeds,
): readonly (AxisWords & { readonly names: readonly string[] })[] {
  return axes
    .map((axis) => ({ ...axis, names: namesOf(needs, axis.axis) }))
    .filter(({ names }) => names.length > 0);
}

/** Converts `cgroup_inet4_bind` to systemd's spelling, `CgroupInet4Bind`. */
function camel(name: string): string {
  return name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

const formats: Readonly<Record<PolicyDialect, (needs: ObjectNeeds) => readonly string[]>> = {
  exec: (needs) => {
    const masks = required(needs).map(({ axis, names }) => `${axis}=${names.join(":")}`);
    const caps = needs.capabilities.join(",");
    return [`npx bpf-token exec --caps ${caps} --delegate ${masks.join(",")} -- COMMAND`];
  },
  mount: (needs) => {
    const options = required(needs).map(({ axis, names }) => `delegate_${axis}=${names.join(":")}`);
    return [options.join(",")];
  },
  systemd: (needs) => [
    "[Service]",
    "PrivateUsers=yes",
    "PrivateMounts=yes",
    "DelegateNamespaces=mnt",
    "PrivateBPF=yes",
    ...required(needs).map(({ systemd, prefix, names }) => {
      return `BPFDelegate${systemd}=${names.map((name) => prefix + camel(name)).join(",")}`;
    }),
    `AmbientCapabilities=${needs.capabilities.map((name) => `CAP_${name.toUpperCase()}`).join(" ")}`,
  ],
  lxd: (needs) => [
    "security.delegate_bpf=true",
    ...required(needs).map(({ lxd, names }) => `security.delegate_bpf.${lxd}=${names.join(":")}`),
  ],
  incus: (needs) =>
    required(needs).map(({ axis, names }) => `security.bpffs.delegate_${axis}=${names.join(",")}`),
};

/**
 * Formats the least policy for an object as settings of a program, one setting per line.
 *
 * @param dialect - `exec`: a `bpf-token exec` command. `mount`: the mount options of a bpffs that belongs
 *   to the container's user namespace, for `fsconfig()`. `systemd`: a drop-in for a unit, for systemd 258
 *   or newer. `lxd`, `incus`: keys of the container's configuration.
 * @example
 * ```ts
 * formatPolicy(objectNeeds(parseObject(bytes)), "mount");
 * // ["delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp"]
 * ```
 */
export function formatPolicy(needs: ObjectNeeds, dialect: PolicyDialect): readonly string[] {
  return formats[dialect](needs);
}
