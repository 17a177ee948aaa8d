// SPDX-License-Identifier: MIT
import type { ObjectNeeds } from "@bpf-token/object";
import type { DelegationAxis } from "./axes.js";

/** Programs whose settings can state a policy. */
export const policyDialects = ["exec", "mount", "systemd", "lxd", "incus"] as const;
/** One of {@link policyDialects}. */
export type PolicyDialect = (typeof policyDialects)[number];

interface AxisWords {
  readonly axis: DelegationAxis;
  readonly systemd: string;
  /** The prefix of each name in systemd's settings. */
  readonly prefix: string;
  readonly lxd: string;
}

const axes: readonly AxisWords[] = [
  { axis: "cmds", systemd: "Commands", prefix: "BPF", lxd: "cmd_types" },
  { axis: "maps", systemd: "Maps", prefix: "BPFMapType", lxd: "map_types" },
  { axis: "progs", systemd: "Programs", prefix: "BPFProgType", lxd: "prog_types" },
  { axis: "attachs", systemd: "Attachments", prefix: "BPF", lxd: "attach_types" },
];

/** The names of one axis, as mount options write them. */
function namesOf(needs: ObjectNeeds, axis: DelegationAxis): readonly string[] {
  return needs.needs.filter((need) => need.axis === axis).map(({ name }) => name);
}

/** The masks of which an object needs a bit, with the names of the bits. */
function required(
  needs: ObjectNeeds,
): readonly (AxisWords & { readonly names: readonly string[] })[] {
  return axes
    .map((axis) => ({ ...axis, names: namesOf(needs, axis.axis) }))
    .filter(({ names }) => names.length > 0);
}

/** `cgroup_inet4_bind` as systemd has it: `CgroupInet4Bind`. */
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
 * The least policy for an object, in the settings of a program: one setting on each line.
 *
 * `mount` are options for the context of a bpffs that is created for a user namespace, as in
 * `fsconfig()`, with `:` between names. `systemd` is a drop-in for a unit of version 258. `lxd` and
 * `incus` are keys of the container's configuration.
 */
export function formatPolicy(needs: ObjectNeeds, dialect: PolicyDialect): readonly string[] {
  return formats[dialect](needs);
}
