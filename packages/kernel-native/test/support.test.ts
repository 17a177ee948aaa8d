// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { raw } from "@bpf-token/syscall";
import { enumMembers, factsRelease, type KernelRelease, newestRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  attempt,
  currentTask,
  describeMachine,
  describeProcess,
  probeTypes,
  type TypeSupport,
} from "../src/index.ts";
import { readMounts } from "../src/support/machine.ts";
import { describeNative, useKernels } from "./native.ts";

const named = (list: TypeSupport["maps"], state: string): readonly string[] =>
  list.filter((verdict) => verdict.state === state).map(({ name }) => name);

describe("readMounts()", () => {
  const head = "30 20 0:30 /";
  test("finds bpffs mounts with their delegate options, except covered ones", () => {
    const text = [
      `${head} /a rw,relatime shared:1 - bpf none rw,delegate_cmds=map_create:prog_load,delegate_maps=any`,
      `${head} /with\\040space rw - bpf bpffs rw,mode=755`,
      `${head} /covered rw - bpf none rw`,
      `${head} /covered rw - tmpfs none rw`,
      `${head} /top rw - tmpfs none rw`,
      `${head} /top rw - bpf none rw,delegate_attachs=0x1`,
      `${head} /bpf rw - ext4 bpf rw`,
      `${head} /source rw shared:1 - bpf - rw,delegate_progs=0x2`,
      `${head} /sources rw - bpf x,delegate_cmds=any rw`,
      "",
    ].join("\n");
    expect(readMounts(text)).toEqual([
      { path: "/a", delegated: { cmds: "map_create:prog_load", maps: "any" } },
      { path: "/with space", delegated: {} },
      { path: "/top", delegated: { attachs: "0x1" } },
      { path: "/source", delegated: { progs: "0x2" } },
      { path: "/sources", delegated: {} },
    ]);
  });
});

test("describeProcess() reports uid, namespace and capabilities", () => {
  const here = {
    platform: "linux",
    arch: "x64",
    release: "6.18",
    uid: 7,
    capabilities: (1n << 39n) | (1n << 12n) | 1n,
    firstUserNamespace: false,
  };
  expect(describeProcess(here)).toMatchObject({
    uid: 7,
    firstUserNamespace: false,
    capabilities: ["CAP_BPF", "CAP_NET_ADMIN"],
  });
});

describeNative("the running kernel", () => {
  const open = useKernels();

  test("probeTypes() finds types by creating one of each, and leaves nothing open", () => {
    const { init } = open();
    const before = init.kernel.openFds(init);
    const { commands, attachments, maps, programs } = probeTypes(init);
    expect(init.kernel.openFds(init)).toEqual(before);
    expect(named(commands, "yes")).toEqual(expect.arrayContaining(["map_create", "token_create"]));
    expect(named(attachments, "yes")).toContain("cgroup_inet_ingress");
    expect(named(maps, "yes")).toEqual(
      expect.arrayContaining([
        "array",
        "hash_of_maps",
        "lpm_trie",
        "ringbuf",
        "arena",
        "task_storage",
      ]),
    );
    expect(named(programs, "yes")).toEqual(
      expect.arrayContaining(["socket_filter", "xdp", "cgroup_sock_addr", "syscall", "sk_lookup"]),
    );
    // This host may refuse these types, but its kernel has them.
    expect(named(programs, "no")).not.toContain("tracing");
  });

  const mapNames = (release: KernelRelease): string[] =>
    enumMembers("bpf_map_type", release).map(({ name }) => name.toLowerCase());

  test("probeTypes() reports types as refused if the task has no capability", () => {
    const task = open().init.fork();
    raw.setresuid(task, 1000, 1000, 1000);
    const { commands, maps, programs } = probeTypes(task);
    const known = mapNames(factsRelease(task.kernel.release));
    expect(named(maps, "no")).toEqual(
      mapNames(newestRelease).filter((name) => !known.includes(name)),
    );
    expect(maps.find(({ name }) => name === "hash")).toEqual({
      name: "hash",
      state: "refused",
      errno: "EPERM",
    });
    expect(programs.find(({ name }) => name === "xdp")?.state).toBe("refused");
    // The task cannot create a bpffs context either, which the names need.
    expect(named(commands, "unknown")).toHaveLength(commands.length);
  });

  test("describeMachine() reads the settings", () => {
    const machine = describeMachine();
    const sysctl = readFileSync("/proc/sys/kernel/unprivileged_bpf_disabled", "utf8");
    expect(machine.unprivilegedBpfDisabled).toBe(Number(sysctl));
    expect(machine.lsms).toContain("capability");
    expect(["none", "integrity", "confidentiality", undefined]).toContain(machine.lockdown);
    expect(describeMachine({ executor: "/nowhere" }).lsms).toBeUndefined();
  });

  test("attempt() reports what this process may do", () => {
    expect(attempt(currentTask()).map(({ answer }) => answer)).toEqual(Array(5).fill("ok"));
  });
});
