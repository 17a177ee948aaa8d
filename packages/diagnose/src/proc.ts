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
  ["lxc", /\/lxc(?:\.payload[./]|\/|\.(?!payload(?:[./]|$)))([^/]+)(?:\/|$)/],
  // A manager of a user, such as rootless Podman, starts what is below user@UID.service.
  ["systemd", /\/(?!user@\d+\.service$)([^/]+\.(?:service|scope))$/],
];

/** Managers nest cgroups less deeply than this. */
const DEEPEST = 16;

/**
 * Returns the container manager that the text of `/proc/PID/cgroup` shows: that of the outermost cgroup
 * with a name that managers use. A container can give the cgroups below its own any name.
 *
 * @example
 * ```ts
 * managerIn("0::/system.slice/agent.service\n"); // { kind: "systemd", name: "agent.service" }
 * ```
 */
export function managerIn(cgroup: string): ManagerFact | undefined {
  const found = cgroup.split("\n").flatMap((line) => outermost(line) ?? []);
  return found.find(({ kind }) => kind !== "systemd") ?? found[0];
}

function outermost(line: string): ManagerFact | undefined {
  const path = line.replace(/^\d+:[^:]*:/, "");
  const parts = path.slice(path.indexOf("/")).split("/", DEEPEST);
  for (let count = 2; count <= parts.length; count++) {
    const start = parts.slice(0, count).join("/");
    for (const [kind, pattern] of patterns) {
      const name = pattern.exec(start)?.[1];
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
