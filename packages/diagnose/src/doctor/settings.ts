// SPDX-License-Identifier: MIT
import type { ManagerFact } from "../facts.js";
import type { Axis } from "./axes.js";

/** The settings of a container manager for one mask. */
type Write = (axis: Axis, names: readonly string[]) => readonly string[];

const systemdNames: Readonly<Record<Axis, readonly [setting: string, prefix: string]>> = {
  cmds: ["Commands", "BPF"],
  maps: ["Maps", "BPFMapType"],
  progs: ["Programs", "BPFProgType"],
  attachs: ["Attachments", "BPF"],
};
const lxdNames: Readonly<Record<Axis, string>> = {
  cmds: "cmd_types",
  maps: "map_types",
  progs: "prog_types",
  attachs: "attach_types",
};

/** Converts `cgroup_inet4_bind` to systemd's spelling, `CgroupInet4Bind`. */
const camel = (name: string): string =>
  name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

const mountOption: Write = (axis, names) => [
  `mount the BPF filesystem with delegate_${axis}=${names.join(":")}`,
];

const writers: Readonly<Record<ManagerFact["kind"], Write>> = {
  systemd: (axis, names) => {
    const [setting, prefix] = systemdNames[axis];
    const words = names.map((name) => (name === "any" ? name : prefix + camel(name)));
    return [`BPFDelegate${setting}=${words.join(",")}`];
  },
  lxc: (axis, names) => [
    `Incus: security.bpffs.delegate_${axis}=${names.join(",")}`,
    `LXD: security.delegate_bpf.${lxdNames[axis]}=${names.join(":")}`,
  ],
  docker: mountOption,
  podman: mountOption,
  kubernetes: mountOption,
};

/** The settings with which a manager delegates names, one line each. */
export function maskSettings(
  manager: ManagerFact | undefined,
  axis: Axis,
  names: readonly string[],
): readonly string[] {
  return (manager === undefined ? mountOption : writers[manager.kind])(axis, names);
}

/** The settings that give a process a capability in its user namespace. */
export function capabilitySettings(
  manager: ManagerFact | undefined,
  names: readonly string[],
): readonly string[] {
  const caps = names.map((name) => `CAP_${name}`).join(" ");
  switch (manager?.kind) {
    case "systemd":
      return [`AmbientCapabilities=${caps}`];
    case "docker":
    case "podman":
      return [names.map((name) => `--cap-add ${name}`).join(" ")];
    case "kubernetes":
      return [`securityContext.capabilities.add: [${names.map((name) => `"${name}"`).join(", ")}]`];
    default:
      return [`start the program with ${caps} in its user namespace`];
  }
}

/** How a manager is made to mount a BPF filesystem that delegates. */
export function delegateSettings(manager: ManagerFact | undefined): readonly string[] {
  switch (manager?.kind) {
    case "systemd":
      return [
        "PrivateUsers=yes",
        "PrivateMounts=yes",
        "DelegateNamespaces=mnt",
        "PrivateBPF=yes",
        "and BPFDelegate…= as `bpf-token inspect OBJECT --for systemd` prints them",
      ];
    case "lxc":
      return [
        "Incus: the keys security.bpffs.…, as `bpf-token inspect OBJECT --for incus` prints them",
        "LXD: security.delegate_bpf=true and the keys that `--for lxd` prints",
      ];
    case "docker":
    case "podman":
    case "kubernetes":
      return ["this manager has no setting for it; an OCI hook can: docs/eperm.md"];
    default:
      return ["let the host create a BPF filesystem for the container: `bpf-token exec` does"];
  }
}
