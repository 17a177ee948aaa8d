// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import type { CauseId } from "../../src/explain/cause.ts";
import { type Clues, noteClues, startClues, weigh } from "../../src/explain/clues.ts";
import { BPF, container, withCapabilities } from "../facts.ts";

/** What the lines change, without that they are about BPF. */
function cluesOf(...lines: readonly string[]): Partial<Clues> {
  const clues = startClues(undefined, undefined);
  const before: Readonly<Record<string, unknown>> = { ...clues, bpf: true };
  for (const [i, line] of lines.entries()) noteClues(clues, line, i + 1);
  return Object.fromEntries(
    Object.entries({ ...clues, bpf: true }).filter(([name, value]) => value !== before[name]),
  );
}

describe("a line of the text shows", () => {
  test.each<[string, Partial<Clues>]>([
    ["Seccomp:\t0", { seccomp: "off" }],
    ["Seccomp:    2", { seccomp: "on" }],
    ["Seccomp:0", { seccomp: "off" }],
    ["Seccomp:2", { seccomp: "on" }],
    ["Seccomp:\t1", {}],
    ["the audit log has Seccomp: 0 lines", {}],
    ["the audit log has Seccomp: 2 lines", {}],
    ["kernel.unprivileged_bpf_disabled = 2", { unprivilegedBpfDisabled: 2 }],
    ["unprivileged_bpf_disabled:0", { unprivilegedBpfDisabled: 0 }],
    ["kernel.unprivileged_bpf_disabled = 20", {}],
    ["CapEff:\t000000c000001000", { effective: 0xc000001000n }],
    ["CAPEFF: 0", { effective: 0n }],
    ["no CapEff: 1", {}],
    ["none [integrity] confidentiality", { lockdown: "integrity" }],
    ["none integrity [confidentiality]", { lockdown: "confidentiality" }],
    ["BOOT_IMAGE=/vmlinuz lockdown=integrity", { lockdown: "integrity" }],
    ["[none] integrity confidentiality", { lockdown: "none" }],
    ["the modes are none, [integrity] and others", {}],
    ["unknown func bpf_probe_write_user#36", { namesIntegrity: true }],
    ["/sys/kernel/debug/tracing/kprobe_events", {}],
    ["5.10.19-200.fc33.x86_64", { release: 5010 }],
    ["  6.8.0-40-generic", { release: 6008 }],
    ["version 5.10.19-200.fc33.x86_64", {}],
    ["5.10.19", {}],
    ["5.10.19-200.fc33.x86_64.rpm", {}],
    ["uid=0(root) gid=0(root)", { root: true }],
    ["euid=0(root)", {}],
    ["processed 9 insns (limit 1000000)", { verified: true }],
    ["processed 0 insns (limit 1000000)", {}],
    ["SELinux status:                 enabled", { enforcing: true }],
    ["Current mode:                   enforcing", { enforcing: true }],
    ["Enforcing", { enforcing: true }],
    ["not Enforcing", {}],
    ["-r--r--r-- 1 root root 6M Jan 1 /sys/kernel/btf/vmlinux", { hasBtf: true }],
    ["is /sys/kernel/btf/vmlinux there", {}],
    ["avc:  denied  { bpf } permissive=1", { permissive: true, failed: true }],
    ["avc:  granted  { bpf } permissive=0", {}],
    ["Failed to bump RLIMIT_MEMLOCK", { fewCapabilities: true, failed: true }],
    ["setrlimit(RLIMIT_MEMLOCK): EPERM", { fewCapabilities: true }],
    ["uses a BPF token", { tokens: true }],
    ["no BPF token, skipping optional step", {}],
    ["Linux version 6.8.0-40-generic", { release: 6008 }],
    ["needs Linux version 6.9", {}],
    ["panic", { failed: true }],
  ])("%j", (line, clues) => {
    expect(cluesOf(line)).toEqual(clues);
  });

  test("the release once, what else was set last, and the place of a setting of the container first", () => {
    expect(cluesOf("Linux version 6.8", "Linux version 6.12")).toEqual({ release: 6008 });
    expect(cluesOf("Seccomp: 2", "Seccomp: 0")).toEqual({ seccomp: "off" });
    expect(cluesOf("none [integrity]", "[none] integrity")).toEqual({ lockdown: "none" });
    const [setting, missing] = [
      ...["security.syscalls.intercept.bpf: true"],
      ...["/sys/fs/bpf doesn't have BPF token delegation set up"],
    ] as [string, string];
    expect(cluesOf("a", setting, missing, setting, missing)).toEqual({
      intercepted: { line: 2, text: setting },
      undelegated: { line: 3, text: missing },
      tokens: true,
    });
    expect(cluesOf("security.syscalls.intercept.bpf.devices=true").intercepted?.line).toBe(1);
    expect(cluesOf("security.syscalls.intercept.bpf: false")).toEqual({});
  });

  test.each([
    ["bpf() failed", true],
    ["the verifier", true],
    ["libbpf: map create: x", true],
    ["a line about nothing", false],
  ])("whether the text is about BPF: %s", (line, bpf) => {
    const clues = startClues(undefined, undefined);
    noteClues(clues, line, 1);
    noteClues(clues, "", 2);
    expect(clues.bpf).toBe(bpf);
  });
});

describe("the likelihood of a cause", () => {
  const factor = (id: CauseId, more: Partial<Clues>): number =>
    weigh(id, { ...startClues(undefined, undefined), ...more });
  const cap = (name: 12n | 39n): bigint => 1n << name;

  test.each<[string, CauseId, Partial<Clues>, number]>([
    ["a kernel that counts memory", "explain.memlock", { release: 5004 }, 3],
    [
      "one capability too few for it",
      "explain.memlock",
      { release: 5004, fewCapabilities: true },
      1.5,
    ],
    ["an unknown kernel", "explain.memlock", { fewCapabilities: true }, 1],
    ["a known kernel", "doctor.release", { release: 6008 }, 4],
    ["an unknown kernel", "doctor.release", {}, 1],
    ["a kernel before 5.8", "explain.kernel_old", { release: 5007 }, 1.4],
    ["Linux 5.8", "explain.kernel_old", { release: 5008 }, 1],
    ["an unknown kernel", "explain.kernel_old", {}, 1],
    ["lockdown", "doctor.lockdown", { lockdown: "confidentiality" }, 2],
    ["no lockdown", "doctor.lockdown", { lockdown: "none" }, 1],
    ["a filter", "doctor.seccomp", { seccomp: "on" }, 1.6],
    ["no filter", "doctor.seccomp", { seccomp: "off" }, 1],
    ["types of the kernel", "explain.btf_missing", { hasBtf: true }, 0.3],
    ["no types", "explain.btf_missing", {}, 1],
    ["a permissive SELinux", "explain.selinux", { permissive: true, enforcing: true }, 0.3],
    ["an enforcing SELinux", "explain.selinux", { enforcing: true }, 3],
    ["an unknown SELinux", "explain.selinux", {}, 1],
    ["a token on the host", "token.dropped.map", { initial: true, tokens: true }, 0.25],
    ["a token in a container", "token.dropped.map", { initial: false }, 1.2],
    ["a text about tokens", "token.dropped.map", { tokens: true }, 1.2],
    ["a text without tokens", "token.dropped.map", {}, 1],
    [
      "a token that the host has none of",
      "token.create.init_ns",
      { initial: true, tokens: true },
      1.2,
    ],
    ["what is no matter of tokens", "explain.verifier", { initial: true, tokens: true }, 1],
    ["the user root", "prog.load.sysctl", { root: true }, 0.5],
    ["unknown capabilities", "prog.load.sysctl", {}, 1],
    ["few capabilities", "prog.load.sysctl", { fewCapabilities: true }, 1.5],
    [
      "few capabilities for the verifier",
      "explain.verifier_capability",
      { fewCapabilities: true },
      1.05,
    ],
    ["a capability that the process has", "prog.load.sysctl", { effective: cap(39n) }, 0.5],
    ["one that it lacks", "prog.load.net_admin", { effective: cap(39n) }, 1.5],
    ["one that root lacks", "prog.load.net_admin", { root: true, effective: cap(39n) }, 1.5],
    ["one that it lacks on the host", "prog.load.net_admin", { effective: 0n, initial: true }, 7.5],
    [
      "one that it lacks in a container",
      "prog.load.net_admin",
      { effective: 0n, initial: false },
      1.5,
    ],
  ])("%s: %s", (_, id, more, expected) => {
    expect(factor(id, more)).toBe(expected);
  });
});

test("the facts of a process show its release, namespace, capabilities and the setting", () => {
  expect(startClues(container({ btf: true }), undefined)).toMatchObject({
    ...{ initial: false, hasBtf: true, unprivilegedBpfDisabled: 2, release: 6018 },
  });
  expect(startClues(withCapabilities(BPF), undefined).effective).toBe(1n << 39n);
  expect(startClues(undefined, "6.8")).toMatchObject({
    ...{ initial: undefined, effective: undefined, hasBtf: false, release: 6008 },
  });
});
