// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { lockdownIn, managerIn, statusField } from "../src/index.ts";

test.each([
  ["0::/system.slice/agent.service\n", { kind: "systemd", name: "agent.service" }],
  ["0::/lxc.payload.web/init.scope\n", { kind: "lxc", name: "web" }],
  [`0::/system.slice/docker-${"a1".repeat(32)}.scope\n`, { kind: "docker", name: "a1".repeat(32) }],
  [
    `0::/machine.slice/libpod-${"b2".repeat(32)}.scope/container\n`,
    { kind: "podman", name: "b2".repeat(32) },
  ],
  [
    `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${"c3".repeat(32)}.scope\n`,
    { kind: "kubernetes", name: "c3".repeat(32) },
  ],
  [
    "12:cpu,cpuacct:/user.slice\n1:name=systemd:/lxc/web\n0::/system.slice/agent.service\n",
    { kind: "lxc", name: "web" },
  ],
  ["0::/\n", undefined],
  ["", undefined],
  ["0::/user.slice/session\n", undefined],
])("the manager of the cgroup %j", (text, manager) => {
  expect(managerIn(text)).toEqual(manager);
});

test("status and lockdown", () => {
  expect(statusField("Name:\tcat\nCapEff:\t00ff\n", "CapEff")).toBe("00ff");
  expect(statusField("Name:\tcat\n", "CapEff")).toBeUndefined();
  expect(lockdownIn("none [integrity] confidentiality\n")).toBe("integrity");
  expect(lockdownIn("")).toBeUndefined();
});
