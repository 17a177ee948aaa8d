// SPDX-License-Identifier: MIT
import { AttachType } from "@bpf-token/uapi";

/** The attach types whose target is a network device, by its number. */
export const ofDevices: ReadonlySet<number> = new Set<number>([
  ...[AttachType.XDP, AttachType.TCX_INGRESS, AttachType.TCX_EGRESS],
  ...[AttachType.NETKIT_PRIMARY, AttachType.NETKIT_PEER],
]);

/** The attach types whose target is a cgroup. */
export const ofCgroups: ReadonlySet<number> = new Set<number>(
  Object.entries(AttachType).flatMap(([name, type]) =>
    /^CGROUP_|_CGROUP$/.test(name) ? [type] : [],
  ),
);
