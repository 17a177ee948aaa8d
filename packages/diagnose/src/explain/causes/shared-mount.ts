// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Container managers that mount a directory with shared propagation. */
export type SharedMountCauseId = "explain.shared_mount";

/** The texts of {@link SharedMountCauseId}. */
export const sharedMountCauses: Readonly<Record<SharedMountCauseId, CauseText>> = {
  "explain.shared_mount": {
    kind: "setup",
    cause:
      "the container asks for mount propagation, and the mount of the host that has the BPF filesystem does not share it; the container does not start",
    decides:
      "findmnt -n -o TARGET,PROPAGATION -T /sys/fs/bpf on the host: private is refused; mountPropagation: Bidirectional needs shared, HostToContainer needs shared or slave",
    fix: [
      "on the host: mount --make-rshared on the mount that the message names, before the container manager starts",
      "or remove mountPropagation: (Docker: bind-propagation=) from this mount: reading and pinning do not need it",
      "for a token, mount a BPF filesystem of the container: that of the host gives none (docs/eperm.md)",
    ],
  },
};
