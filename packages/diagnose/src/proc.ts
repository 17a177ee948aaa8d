// SPDX-License-Identifier: MIT
// Parsers of files in /proc. They accept any text: a field that is not there is undefined.
import type { BpffsFact, ManagerFact } from "./facts.js";

/** mountinfo shows spaces and similar characters as octal numbers. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

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

/**
 * Returns the BPF filesystems in the text of `/proc/PID/mountinfo`. Of several mounts at one path,
 * the last one hides the others.
 *
 * @example
 * ```ts
 * bpffsIn(readFileSync("/proc/self/mountinfo", "utf8")).map(({ path }) => path);
 * ```
 */
export function bpffsIn(mountinfo: string): readonly BpffsFact[] {
  const found = new Map<string, BpffsFact>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , device, root, place] = before.split(" ");
    if (device === undefined || root === undefined || place === undefined) continue;
    const path = unescaped(place);
    found.delete(path);
    if (!after.startsWith("bpf ")) continue;
    const masks = [...after.matchAll(/[ ,](delegate_\w+)=([^,\s]+)/g)];
    const delegates = Object.fromEntries(masks.map(([, name = "", mask = ""]) => [name, mask]));
    found.set(path, { path, device, root: unescaped(root), delegates });
  }
  return [...found.values()];
}

/** A pattern for the last part of a cgroup path, and the manager that names its cgroups like this. */
const patterns: readonly (readonly [ManagerFact["kind"], RegExp])[] = [
  [
    "kubernetes",
    /\/kubepods[^\n]*\/(?:cri-containerd-|crio-|docker-)?([0-9a-f]{12,64})(?:\.scope)?$/,
  ],
  ["docker", /\/docker[/-]([0-9a-f]{12,64})(?:\.scope)?$/],
  ["podman", /\/libpod-([0-9a-f]{12,64})(?:\.scope)?(?:\/|$)/],
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
  const paths = cgroup.split("\n").map((line) => line.replace(/^\d+:[^:]*:/, ""));
  for (const [kind, pattern] of patterns) {
    for (const path of paths) {
      const name = pattern.exec(path)?.[1];
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
