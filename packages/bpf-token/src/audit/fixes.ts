// SPDX-License-Identifier: MIT
import type { Access } from "./access.js";

/** The setting with which the manager of a container takes a capability from it. */
export function dropCapability({ owner }: Pick<Access, "owner">, name: string): string {
  switch (owner?.kind) {
    case "systemd":
      return `CapabilityBoundingSet=~CAP_${name} CAP_SYS_ADMIN, and no such AmbientCapabilities=`;
    case "docker":
    case "podman":
      return `--cap-drop ${name} --cap-drop SYS_ADMIN, and no --cap-add for them`;
    case "kubernetes":
      return `securityContext.capabilities.drop: ["${name}", "SYS_ADMIN"]`;
    default:
      return `start it without CAP_${name} and CAP_SYS_ADMIN in its user namespace`;
  }
}
