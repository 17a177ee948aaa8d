// SPDX-License-Identifier: MIT
import type { Dialect } from "@bpf-token/delegation";
import type { Facts } from "@bpf-token/diagnose";
import type { ObjectSpec } from "@bpf-token/object";
import type { KernelRelease } from "@bpf-token/uapi";
import { policyOf } from "./policy.js";
import { policySettings } from "./settings.js";

/** The settings for the manager of a process, and where they belong. */
export interface ManagerFix {
  readonly dialect: Dialect;
  readonly settings: readonly string[];
  /** What to do with the settings, in one sentence. */
  readonly place: string;
}

/**
 * Returns the complete settings with which the manager of a process delegates what some objects need.
 *
 * @param options - `loader`: what loads the objects; `release`: the release of the process.
 * @example
 * ```ts
 * const { settings, place } = managerFix(collectFacts(4711), objects, { loader: "libbpf" });
 * ```
 */
export function managerFix(
  { manager }: Pick<Facts, "manager">,
  objects: ReadonlyMap<string, ObjectSpec>,
  { loader, release }: { readonly loader: "libbpf" | "plain"; readonly release?: KernelRelease },
): ManagerFix {
  const policy = policyOf(
    [...objects].map(([file, object]) => ({ file, object })),
    {
      loader: loader === "plain" ? "bpf-token" : loader,
      ...(release === undefined ? {} : { release }),
    },
  );
  const [dialect, place] = placeOf(manager);
  return { dialect, place, settings: policySettings(policy, dialect, release) };
}

/** A name for a command line. A container can give its cgroup a name that a shell would execute. */
const wordOf = (name: string, other: string): string =>
  /^[\w@.:-]+$/.test(name) && !name.startsWith("-") ? name : other;

function placeOf(manager: Facts["manager"]): readonly [Dialect, string] {
  const unit = wordOf(manager?.name ?? "", "UNIT");
  const container = wordOf(manager?.name ?? "", "NAME");
  switch (manager?.kind) {
    case "systemd":
      return [
        "systemd",
        `write it to /etc/systemd/system/${unit}.d/override.conf, then run: systemctl daemon-reload && systemctl restart ${unit}`,
      ];
    case "lxc":
      return [
        "incus",
        `set each key with: incus config set ${container} KEY=VALUE; for LXD: bpf-token policy OBJECT --for lxd`,
      ];
    case "docker":
      return ["docker", "add the options to docker run; docs/hook.md installs what reads them"];
    case "podman":
      return ["podman", "add the options to podman run; docs/hook.md installs what reads them"];
    case "kubernetes":
      return ["k8s", "add it to the pod; docs/kubernetes.md installs what reads it"];
    default:
      return [
        "kernel",
        "no container manager was found; pass the options to fsconfig() for the BPF filesystem of the container, as 'bpf-token exec' does",
      ];
  }
}
