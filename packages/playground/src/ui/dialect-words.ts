// SPDX-License-Identifier: MIT
import type { Dialect } from "@bpf-token/delegation";

/** The programs in whose syntax a policy is written. */
export const dialectWords: Readonly<Record<Dialect, string>> = {
  systemd: "systemd",
  lxd: "LXD",
  incus: "Incus",
  kernel: "mount options",
  podman: "Podman, with the OCI hook",
  docker: "Docker, with the OCI hook",
  k8s: "Kubernetes, with the OCI hook",
  oci: "OCI config.json",
  hook: "policy of the OCI hook",
  exec: "bpf-token exec",
};
