// SPDX-License-Identifier: MIT
import type { ObjectNeeds } from "@bpf-token/object";
import type { DelegationEnum } from "@bpf-token/uapi/names";

/** Who is told what to delegate. */
export const dialects = ["exec", "mount", "systemd", "lxd", "incus"] as const;
/** One of {@link dialects}. */
export type Dialect = (typeof dialects)[number];

interface Axis {
  readonly axis: "cmds" | "maps" | "progs" | "attachs";
  readonly kind: DelegationEnum;
  readonly systemd: string;
  /** What systemd leaves before each name. */
  readonly prefix: string;
  readonly lxd: string;
}

const axes: readonly Axis[] = [
  { axis: "cmds", kind: "bpf_cmd", systemd: "Commands", prefix: "BPF", lxd: "cmd_types" },
  { axis: "maps", kind: "bpf_map_type", systemd: "Maps", prefix: "BPFMapType", lxd: "map_types" },
  {
    axis: "progs",
    kind: "bpf_prog_type",
    systemd: "Programs",
    prefix: "BPFProgType",
    lxd: "prog_types",
  },
  {
    axis: "attachs",
    kind: "bpf_attach_type",
    systemd: "Attachments",
    prefix: "BPF",
    lxd: "attach_types",
  },
];

/** The names of one axis, as mount options write them. */
function namesOf(needs: ObjectNeeds, axis: Axis["axis"]): readonly string[] {
  return needs.needs.filter((need) => need.axis === axis).map(({ name }) => name);
}

/** Axes of which something is needed, with the names. */
function wanted(needs: ObjectNeeds): readonly (Axis & { readonly names: readonly string[] })[] {
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

const write: Readonly<Record<Dialect, (needs: ObjectNeeds) => readonly string[]>> = {
  exec: (needs) => {
    const masks = wanted(needs).map(({ axis, names }) => `${axis}=${names.join(":")}`);
    const caps = needs.capabilities.join(",");
    return [`npx bpf-token exec --caps ${caps} --delegate ${masks.join(",")} -- COMMAND`];
  },
  mount: (needs) => {
    const options = wanted(needs).map(({ axis, names }) => `delegate_${axis}=${names.join(":")}`);
    return [options.join(",")];
  },
  systemd: (needs) => [
    "[Service]",
    "PrivateUsers=yes",
    "PrivateMounts=yes",
    "DelegateNamespaces=mnt",
    "PrivateBPF=yes",
    ...wanted(needs).map(({ systemd, prefix, names }) => {
      return `BPFDelegate${systemd}=${names.map((name) => prefix + camel(name)).join(",")}`;
    }),
    `AmbientCapabilities=${needs.capabilities.map((name) => `CAP_${name.toUpperCase()}`).join(" ")}`,
  ],
  lxd: (needs) => [
    "security.delegate_bpf=true",
    ...wanted(needs).map(({ lxd, names }) => `security.delegate_bpf.${lxd}=${names.join(":")}`),
  ],
  incus: (needs) =>
    wanted(needs).map(({ axis, names }) => `security.bpffs.delegate_${axis}=${names.join(",")}`),
};

/**
 * What an object needs, in somebody's words: one line each setting.
 *
 * `mount` are options for the context of a BPF FS that is made for a user namespace, as in
 * `fsconfig()`, with `:` between names; `systemd` is a drop-in for a unit of version 258; `lxd` and
 * `incus` are keys of the container's configuration.
 */
export function policyLines(needs: ObjectNeeds, dialect: Dialect): readonly string[] {
  return write[dialect](needs);
}
