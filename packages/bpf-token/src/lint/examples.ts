// SPDX-License-Identifier: MIT
// The files of examples. Each delegates what a loader without probes needs for an XDP program with an
// array map, in a way that works; a finding changes what it is about.
import { formatDelegation } from "@bpf-token/delegation";
import type { Policy, PolicyReason } from "../policy/policy-result.js";
import type { LintExample } from "./finding.js";

const delegation = {
  ...{ cmds: ["map_create", "prog_load"], maps: ["array"], progs: ["xdp"], attachs: ["xdp"] },
};
/** What the object of the examples needs, with types that it loads without. */
export const examplePolicy: Policy = {
  loader: "libbpf",
  delegation: { ...delegation, cmds: [...delegation.cmds, "btf_load"] },
  capabilities: ["bpf", "net_admin"],
  reasons: [
    reason("maps", "array", "map counters", "creating the map fails with EPERM"),
    { ...reason("cmds", "btf_load", "types", "maps and programs have no types"), required: false },
  ],
  ...{ versions: [], reach: [], proof: [], open: [], unknown: [] },
};
const options = { capabilities: ["bpf", "net_admin"] };

function reason(
  axis: PolicyReason["axis"],
  name: string,
  because: string,
  without: string,
): PolicyReason {
  return { axis, name, because: [because], without, required: true };
}

type Change = readonly [before: string, after: string];

const changed = (file: string, text: string, changes: readonly Change[]): LintExample => ({
  file,
  text: changes.reduce((all, [before, after]) => {
    if (!all.includes(before)) throw new Error(`the example has no '${before}'`);
    return all.replace(before, after);
  }, text),
});

const lines = (dialect: Parameters<typeof formatDelegation>[1]): readonly string[] =>
  formatDelegation(delegation, dialect, options);
const text = (all: readonly string[]): string => `${all.join("\n")}\n`;

/** Mount options in a script, which passes them to fsconfig(). */
export const script = (...changes: readonly Change[]): LintExample =>
  changed("run.sh", `options="${lines("kernel").join("")}"\n`, changes);

/** A drop-in of systemd. */
export const unit = (...changes: readonly Change[]): LintExample =>
  changed("agent.service", text([...lines("systemd"), "PrivateNetwork=yes"]), changes);

/** A module of NixOS. */
export const nix = (...changes: readonly Change[]): LintExample => {
  const settings = lines("systemd")
    .slice(1)
    .map((line) => `    ${line.replace(/=(.*)/, ' = "$1";')}`);
  const all = ["{", "  systemd.services.agent.serviceConfig = {", ...settings];
  return changed("agent.nix", text([...all, '    PrivateNetwork = "yes";', "  };", "}"]), changes);
};

/** A command of Podman. */
export const podman = (...changes: readonly Change[]): LintExample =>
  changed("run.sh", text(lines("podman")), changes);

/** A command of Docker. */
export const docker = (...changes: readonly Change[]): LintExample =>
  changed("run.sh", text(lines("docker")), changes);

/** A pod. */
export const pod = (...changes: readonly Change[]): LintExample =>
  changed("pod.yaml", text(["kind: Pod", ...lines("k8s")]), changes);

/** The configuration of a container of LXD. */
export const lxd = (...changes: readonly Change[]): LintExample =>
  changed("lxd.yaml", yaml("lxd"), changes);

/** The configuration of a container of Incus. */
export const incus = (...changes: readonly Change[]): LintExample =>
  changed("incus.yaml", yaml("incus"), changes);

const yaml = (dialect: "lxd" | "incus"): string =>
  text([
    "config:",
    '  security.privileged: "false"',
    ...lines(dialect).map((line) => `  ${line.replace(/=(.*)/, ': "$1"')}`),
  ]);
