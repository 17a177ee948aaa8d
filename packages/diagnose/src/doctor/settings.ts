// SPDX-License-Identifier: MIT
import {
  type DelegationMasks,
  type Dialect,
  delegationOf,
  formatDelegation,
} from "@bpf-token/delegation";
import type { Facts, ManagerFact } from "../facts.js";

/** The settings with which a manager delegates the bits of masks. */
export function maskSettings(
  manager: ManagerFact | undefined,
  masks: Partial<DelegationMasks>,
): readonly string[] {
  const lines = (dialect: Dialect): readonly string[] =>
    formatDelegation(delegationOf(masks), dialect);
  switch (manager?.kind) {
    case "systemd":
      return lines("systemd").filter((line) => line.startsWith("BPFDelegate"));
    case "lxc":
      return [
        ...lines("incus").map((line) => `Incus: ${line}`),
        ...lines("lxd")
          .slice(1)
          .map((line) => `LXD: ${line}`),
      ];
    default:
      return lines("kernel")
        .filter((options) => options !== "")
        .map((options) => `mount the BPF filesystem with ${options}`);
  }
}

/** The settings that give a process a capability in its user namespace. */
export function capabilitySettings(
  manager: ManagerFact | undefined,
  names: readonly string[],
  namespace = "its user namespace",
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
      return [`start the program with ${caps} in ${namespace}`];
  }
}

/** What a process in the initial user namespace needs, where no token can be created. */
export function initialFix({ manager }: Facts, names: readonly string[]): readonly string[] {
  return [
    ...capabilitySettings(manager, names, "the initial user namespace"),
    "or for a token: run it in a user namespace of its own, with a delegation",
  ];
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
      return ["this manager has no setting for it; bpf-token-hook delegates: docs/hook.md"];
    default:
      return ["let the host create a BPF filesystem for the container: `bpf-token exec` does"];
  }
}
