// SPDX-License-Identifier: MIT
import type { ManagerFact } from "../../facts.js";
import type { CauseText } from "./text.js";

/** The id of {@link netnsCause}. */
export const NETNS = "doctor.netns";

/** Netlink asks the owner of the network namespace: no token and no capability of a container counts. */
export const netnsCause: CauseText = {
  kind: "setup",
  cause:
    "attaching by netlink (xdp-loader, bpftool net, tc, ip) needs CAP_NET_ADMIN in the user namespace that owns the network namespace; a container in the network namespace of the host does not have it",
  decides:
    "readlink /proc/PID/ns/net, compared with that of process 1; lsns -t net -o NS,ONS prints the owners",
  fix: netnsFix(undefined),
};

/** The settings with which a program attaches to an interface; none gives it a capability of the host. */
export function netnsFix(manager: ManagerFact | undefined): readonly string[] {
  return [
    "attach with a BPF link, which does not ask the owner: bpf_program__attach_xdp() or bpf_program__attach_tcx() of libbpf, link.AttachXDP() or link.AttachTCX() of cilium/ebpf",
    `or give the program a network namespace that its user namespace owns: ${ownNetwork(manager)}`,
  ];
}

/**
 * Returns the settings with which a program gets a network namespace that its user namespace owns.
 *
 * @param manager - undefined if it is not known.
 * @example
 * ```ts
 * ownNetwork({ kind: "systemd", name: "agent.service" }); // "PrivateNetwork=yes and …"
 * ```
 */
export function ownNetwork(manager: ManagerFact | undefined): string {
  if (manager?.kind === "systemd") return "PrivateNetwork=yes and DelegateNamespaces=mnt net";
  return "no --network=host or hostNetwork: true; by hand, unshare --net after unshare --user";
}
