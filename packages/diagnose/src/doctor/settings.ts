// SPDX-License-Identifier: MIT
import { addCapabilities, addMasks, type DelegationMasks } from "@bpf-token/delegation";
import type { Facts, ManagerFact } from "../facts.js";

/** The settings with which a manager delegates the bits of masks. */
export const maskSettings = (
  manager: ManagerFact | undefined,
  masks: Partial<DelegationMasks>,
): readonly string[] => addMasks(manager?.kind, masks);

/** The settings that give a process a capability in its user namespace. */
export const capabilitySettings = (
  manager: ManagerFact | undefined,
  names: readonly string[],
  namespace?: string,
): readonly string[] => [addCapabilities(manager?.kind, names, namespace)];

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
