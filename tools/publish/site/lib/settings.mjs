// SPDX-License-Identifier: MIT
// @ts-check
import { formatDelegation } from "@bpf-token/delegation";

/** @typedef {import("@bpf-token/delegation").Dialect} Dialect */
/** @typedef {{ about: string, masks?: Record<string, string[]>, caps?: string[] }} Example */

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

/** The delegation or the capability that a check asks for, by an example. @type {[RegExp, Example][]} */
const examples = [
  [
    /^token\.dropped\.cmd$/,
    {
      about: "for maps and programs",
      masks: { cmds: ["map_create", "prog_load"] },
    },
  ],
  [/^token\.dropped\.map$/, { about: "for an array map", masks: { maps: ["array"] } }],
  [/^token\.dropped\.prog$/, { about: "for an XDP program", masks: { progs: ["xdp"] } }],
  [/^token\.dropped\.attach$/, { about: "for an XDP program", masks: { attachs: ["xdp"] } }],
  [
    /^token\.create\.delegation$/,
    {
      about: "for an XDP program with an array map",
      masks: {
        cmds: ["map_create", "prog_load"],
        maps: ["array"],
        progs: ["xdp"],
        attachs: ["xdp"],
      },
    },
  ],
  [
    /^(token\.create\.capable|map\.create\.(sysctl|btf\.capable)|prog\.load\.(sysctl|bpf)|btf\.load\.capable|verify\.(call\.capable|back_edge|helper\.bpf))$/,
    { about: "CAP_BPF", caps: ["bpf"] },
  ],
  [/^prog\.load\.net_admin$/, { about: "CAP_NET_ADMIN", caps: ["bpf", "net_admin"] }],
  [
    /^(prog\.load\.perfmon|verify\.(leak|stack\.read|helper\.perfmon))$/,
    { about: "CAP_PERFMON", caps: ["bpf", "perfmon"] },
  ],
];

/**
 * The settings of the container managers that satisfy a check.
 *
 * @param {string} check
 * @returns {{ about: string, settings: { manager: string, lines: readonly string[] }[] } | undefined}
 *   undefined for a check that no setting changes
 */
export function settingsFor(check) {
  const example = examples.find(([pattern]) => pattern.test(check))?.[1];
  if (example === undefined) return undefined;
  const { about, masks, caps } = example;
  const delegation = { cmds: [], maps: [], progs: [], attachs: [], ...masks };
  const settings = names
    .filter(([dialect]) => masks !== undefined || withCapabilities.has(dialect))
    .map(([dialect, manager]) => ({
      manager,
      lines: formatDelegation(delegation, dialect, caps && { capabilities: caps }),
    }));
  return { about, settings };
}
