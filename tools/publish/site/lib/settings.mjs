// SPDX-License-Identifier: MIT
// @ts-check
import { formatDelegation } from "@bpf-token/delegation";

/** @typedef {import("@bpf-token/delegation").Dialect} Dialect */
/** @typedef {{ about: string, masks: Record<"cmds" | "maps" | "progs" | "attachs", string[]>,
 *   caps: string[] }} Example */

/** What a reader calls the configuration of each dialect. */
const names = /** @type {const} */ ([
  ["systemd", "systemd unit"],
  ["incus", "Incus"],
  ["lxd", "LXD"],
  ["podman", "Podman"],
  ["docker", "Docker"],
  ["k8s", "Kubernetes"],
  ["kernel", "mount options"],
]);

/** The dialects that start a program and can give it capabilities. */
const withCapabilities = new Set(["systemd", "podman", "docker", "k8s"]);

/**
 * Complete delegations, each for one program with an array map that libbpf 1.4 to 1.7 loads. The tests of
 * libbpf need socket_filter, cgroup_sock and their attach types.
 *
 * @type {Record<"xdp" | "kprobe" | "socket_filter", Example>}
 */
const programs = {
  xdp: {
    about: "an XDP program",
    masks: {
      cmds: ["map_create", "prog_load", "btf_load"],
      maps: ["array"],
      progs: ["socket_filter", "xdp", "cgroup_sock"],
      attachs: ["cgroup_inet_ingress", "cgroup_inet_sock_create", "xdp"],
    },
    caps: ["bpf", "net_admin"],
  },
  kprobe: {
    about: "a kprobe program",
    masks: {
      cmds: ["map_create", "prog_load", "btf_load"],
      maps: ["array"],
      progs: ["socket_filter", "kprobe"],
      attachs: ["cgroup_inet_ingress"],
    },
    caps: ["bpf", "perfmon"],
  },
  socket_filter: {
    about: "a socket filter",
    masks: {
      cmds: ["map_create", "prog_load", "btf_load"],
      maps: ["array"],
      progs: ["socket_filter"],
      attachs: ["cgroup_inet_ingress"],
    },
    caps: ["bpf"],
  },
};

/** The checks that a setting satisfies: the program of the example, and the setting that the check asks for. */
const examples = /** @type {const} */ ([
  [/^token\.(dropped\.cmd|create\.delegation)$/, "xdp", "the commands"],
  [/^token\.dropped\.map$/, "xdp", "the map types"],
  [/^token\.dropped\.prog$/, "xdp", "the program types"],
  [/^token\.dropped\.attach$/, "xdp", "the attach types"],
  [
    /^(token\.create\.capable|map\.create\.(sysctl|btf\.capable)|prog\.load\.(sysctl|bpf)|btf\.load\.capable|verify\.(call\.capable|back_edge|helper\.bpf))$/,
    "socket_filter",
    "CAP_BPF",
  ],
  [/^prog\.load\.net_admin$/, "xdp", "CAP_NET_ADMIN"],
  [/^(prog\.load\.perfmon|verify\.(leak|stack\.read|helper\.perfmon))$/, "kprobe", "CAP_PERFMON"],
]);

/**
 * The complete settings of the container managers, by an example, for a check that settings satisfy.
 *
 * @param {string} check
 * @returns {{ about: string, setting: string, example: Example,
 *   settings: { manager: string, dialect: Dialect, lines: readonly string[] }[] } | undefined}
 *   undefined for a check that no setting changes
 */
export function settingsFor(check) {
  const found = examples.find(([pattern]) => pattern.test(check));
  if (found === undefined) return undefined;
  const [, name, setting] = found;
  const example = programs[name];
  const isCapability = setting.startsWith("CAP_");
  const settings = names
    .filter(([dialect]) => !isCapability || withCapabilities.has(dialect))
    .map(([dialect, manager]) => ({
      ...{ manager, dialect },
      lines: formatDelegation(example.masks, dialect, { capabilities: example.caps }),
    }));
  return { about: example.about, setting, example, settings };
}
