// SPDX-License-Identifier: MIT
// Parsers of files in /proc. They accept any text: a field that is not there is undefined.
import type { ManagerFact } from "./facts.js";

/**
 * Returns the value of a line `Name: value` of `/proc/PID/status`.
 *
 * @example
 * ```ts
 * statusField("Name:\tcat\nSeccomp:\t2\n", "Seccomp"); // "2"
 * ```
 */
export function statusField(status: string, name: string): string | undefined {
  const line = status.split("\n").find((one) => one.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** A pattern for the last part of a cgroup path, and the manager that names its cgroups like this. */
const patterns: readonly (readonly [ManagerFact["kind"], RegExp])[] = [
  [
    "kubernetes",
    /\/kubepods(?:(?!\/kubepods)[^\n])*\/(?:cri-containerd-|crio-|docker-)?([0-9a-f]{12,64})(?:\.scope)?$/,
  ],
  ["kubernetes", /\/k8s\.io\/([0-9a-f]{12,64})$/],
  ["docker", /\/docker[/-]([0-9a-f]{12,64})(?:\.scope)?$/],
  ["podman", /\/libpod-(?:payload-)?([0-9a-f]{12,64})(?:\.scope)?(?:\/|$)/],
  ["lxc", /\/lxc(?:\.payload)?[./]([^/]+)(?:\/|$)/],
  ["systemd", /\/([^/]+\.(?:service|scope))$/],
];

/**
 * Returns the container manager that the text of `/proc/PID/cgroup` shows.
 *
 * @example
 * ```ts
 * managerIn("0::/system.slice/agent.service\n"); // { kind: "systemd", name: "agent.service" }
 * ```
 */
export function managerIn(cgroup: string): ManagerFact | undefined {
  const lines = cgroup.split("\n");
  for (const [kind, pattern] of patterns) {
    for (const line of lines) {
      const name = pattern.exec(line)?.[1];
      if (name !== undefined) return { kind, name };
    }
  }
  return undefined;
}

/**
 * Returns the lockdown mode: the word in brackets of `/sys/kernel/security/lockdown`.
 *
 * @example
 * ```ts
 * lockdownIn("none [integrity] confidentiality\n"); // "integrity"
 * ```
 */
export function lockdownIn(text: string): "none" | "integrity" | "confidentiality" | undefined {
  const word = /\[(none|integrity|confidentiality)\]/.exec(text)?.[1];
  return word as "none" | "integrity" | "confidentiality" | undefined;
}
