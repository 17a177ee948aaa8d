// SPDX-License-Identifier: MIT
import type { CauseText } from "./text.js";

/** Containers that a person starts without root. */
export type RootlessContainerCauseId = "explain.rootless_container";

/** The texts of {@link RootlessContainerCauseId}. */
export const rootlessContainerCauses: Readonly<Record<RootlessContainerCauseId, CauseText>> = {
  "explain.rootless_container": {
    kind: "setup",
    cause:
      "the container runs rootless: root in the container is an ordinary user of the host, and no capability of the container counts on the host",
    decides:
      "cat /proc/PID/uid_map: the initial user namespace prints 0 0 4294967295; `podman info` prints rootless: true, `docker info` lists rootless",
    fix: [
      "let root of the host mount a BPF filesystem with delegate_ options for the container: docs/eperm.md",
      "or run the container as root of the host, with CAP_BPF and what the program type needs",
      "newuidmap or uid_map fails: add the user to /etc/subuid and /etc/subgid, and install uidmap",
    ],
  },
};
