// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { addCapabilities, addMasks } from "../src/index.ts";

const masks = { cmds: 1n, maps: 0n, progs: (1n << 6n) | (1n << 31n) };

test("addMasks names a setting of the manager for each mask that has a bit", () => {
  expect(addMasks("systemd", { cmds: 1n, maps: 0n, progs: 1n << 6n })).toEqual([
    "BPFDelegateCommands=BPFMapCreate",
    "BPFDelegatePrograms=BPFProgTypeXdp",
  ]);
  expect(addMasks("lxc", masks)).toEqual([
    "Incus: security.bpffs.delegate_cmds=map_create",
    "Incus: security.bpffs.delegate_progs=xdp,syscall",
    "LXD: security.delegate_bpf.cmd_types=map_create",
    "LXD: security.delegate_bpf.prog_types=xdp:syscall",
  ]);
  for (const manager of [undefined, "docker", "podman", "kubernetes"] as const) {
    expect(addMasks(manager, masks)).toEqual([
      "mount the BPF filesystem with delegate_cmds=map_create,delegate_progs=xdp:syscall",
    ]);
    expect(addMasks(manager, {})).toEqual([]);
  }
});

test("addMasks delegates all types of a mask where systemd has no name for one", () => {
  expect(addMasks("systemd", masks)).toEqual([
    "BPFDelegateCommands=BPFMapCreate",
    "BPFDelegatePrograms=any",
    "careful: this line delegates every program type, because systemd has no name for program type syscall",
  ]);
  expect(addMasks("systemd", { maps: 1n << 60n })).toEqual([
    "BPFDelegateMaps=any",
    "careful: this line delegates every map type, because systemd has no name for map type bit 60",
  ]);
});

test.each([
  ["systemd", "AmbientCapabilities=CAP_BPF CAP_PERFMON"],
  ["docker", "--cap-add BPF --cap-add PERFMON"],
  ["podman", "--cap-add BPF --cap-add PERFMON"],
  ["kubernetes", 'securityContext.capabilities.add: ["BPF", "PERFMON"]'],
  ["lxc", "start the program with CAP_BPF CAP_PERFMON in its user namespace"],
  [
    undefined,
    "start the program with CAP_BPF CAP_PERFMON in its user namespace: AmbientCapabilities=CAP_BPF CAP_PERFMON (systemd), --cap-add BPF --cap-add PERFMON (Docker, Podman)",
  ],
] as const)("addCapabilities for %s: %s", (manager, text) => {
  expect(addCapabilities(manager, ["BPF", "PERFMON"])).toBe(text);
});
