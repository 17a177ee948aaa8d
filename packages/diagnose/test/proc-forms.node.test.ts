// SPDX-License-Identifier: MIT
// Files of /proc and of container managers in the forms that occur, and in those that are nearly right.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockdownIn, managerIn, redact, statusField } from "../src/index.ts";
import { containerNames, containersNamed } from "../src/node/container-names.ts";
import { collectFacts, findContainer } from "../src/node/index.ts";
import { findOldHook } from "../src/node/old-hook.ts";
import { bpffs, container } from "./facts.ts";
import { fill, machine, OTHER, status } from "./machine.ts";

const id = (digit: string, length = 64): string => digit.repeat(length);
const a = id("a");

test.each<[string, ReturnType<typeof managerIn>]>([
  ...[12, 13, 64].map((length): [string, ReturnType<typeof managerIn>] => [
    `0::/docker/${id("a", length)}`,
    { kind: "docker", name: id("a", length) },
  ]),
  [`0::/docker/${id("a", 11)}`, undefined],
  [`0::/docker/${id("a", 65)}`, undefined],
  [`0::/docker/${id("g")}`, undefined],
  [`0::/docker-${a}`, { kind: "docker", name: a }],
  [`0::/docker-${a}.scope`, { kind: "docker", name: a }],
  [`0::/xdocker-${a}`, undefined],
  [`0::/docker/${a}/sub`, { kind: "docker", name: a }],
  [`0::/docker-${a}.scope/init.scope`, { kind: "docker", name: a }],
  [`0::/libpod-${a}`, { kind: "podman", name: a }],
  [`0::/libpod-payload-${a}.scope`, { kind: "podman", name: a }],
  [`0::/libpod-${a}/sub`, { kind: "podman", name: a }],
  [`0::/libpod-${a}x`, undefined],
  [`0::/libpod-conmon-${a}`, undefined],
  [`0::/k8s.io/${a}`, { kind: "kubernetes", name: a }],
  [`0::/k8s.io/${a}/sub`, { kind: "kubernetes", name: a }],
  [`0::/kubepods/pod1/${a}`, { kind: "kubernetes", name: a }],
  [`0::/kubepods.slice/x.slice/crio-${a}.scope`, { kind: "kubernetes", name: a }],
  [`0::/kubepods.slice/docker-${a}.scope`, { kind: "kubernetes", name: a }],
  [`0::/kubepods.slice/cri-containerd-${a}`, { kind: "kubernetes", name: a }],
  [`0::/kubepods.slice/other-${a}`, undefined],
  [`0::/kubepods.slice/${a}/sub`, { kind: "kubernetes", name: a }],
  [`0::/kubepods/kubepods/pod1/${a}`, { kind: "kubernetes", name: a }],
  ["0::/lxc/web", { kind: "lxc", name: "web" }],
  ["0::/lxc/web/sub/dir", { kind: "lxc", name: "web" }],
  ["0::/lxc.payload/web", { kind: "lxc", name: "web" }],
  ["0::/lxc.payload.web", { kind: "lxc", name: "web" }],
  ["0::/lxc.monitor.web", { kind: "lxc", name: "monitor.web" }],
  ["0::/xlxc/web", undefined],
  ["0::/lxc", undefined],
  ["0::/a.service", { kind: "systemd", name: "a.service" }],
  ["0::/a.scope", { kind: "systemd", name: "a.scope" }],
  ["0::/a.slice", undefined],
  ["0::/a.service/sub", { kind: "systemd", name: "a.service" }],
  ["0::/xservice", undefined],
  ["0::/a.service\n1::/docker/aaaaaaaaaaaa", { kind: "docker", name: "aaaaaaaaaaaa" }],
])("the manager of %j", (text, manager) => {
  expect(managerIn(text)).toEqual(manager);
  expect(managerIn(`0::/\n${text}\n`)).toEqual(manager);
});

test.each<[string, ReturnType<typeof managerIn>]>([
  ["", undefined],
  ["0::/", undefined],
  ["0::/a.slice/b.service/c.service", { kind: "systemd", name: "b.service" }],
  [`0::/a.service/docker-${a}.scope`, { kind: "systemd", name: "a.service" }],
  [
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${a}.scope`,
    { kind: "podman", name: a },
  ],
  ["0::/user.slice/user@1000.service/app.slice/a.service", { kind: "systemd", name: "a.service" }],
  [`0::/docker-${a}.scope/libpod-${id("b")}.scope`, { kind: "docker", name: a }],
  [`0::/docker-${a}.scope/a.service`, { kind: "docker", name: a }],
  [`0::/a.service\n1:x:/docker/${a}`, { kind: "docker", name: a }],
  ["0::/a.service\n1:x:/b.service", { kind: "systemd", name: "a.service" }],
  [`0::${"/x".repeat(14)}/a.service`, { kind: "systemd", name: "a.service" }],
  [`0::${"/x".repeat(15)}/a.service`, undefined],
])("the manager of %j is that of the outermost cgroup", (text, manager) => {
  expect(managerIn(text)).toEqual(manager);
});

test("fields of a status, and the mode of lockdown", () => {
  const text = "Name:\tcat: x\nNameX:\ty\n Uid:\t7\nUid:\t1\t2\n";
  expect(["Name", "Uid", "NameX", "Nam", "name"].map((name) => statusField(text, name))).toEqual([
    ...["cat: x", "1\t2", "y", undefined, undefined],
  ]);
  const modes = ["none", "integrity", "confidentiality"];
  expect(modes.map((mode) => lockdownIn(`a [${mode}] b`))).toEqual(modes);
  expect(["none", "[x]", "[none", "none]"].map(lockdownIn)).toEqual(new Array(4).fill(undefined));
});

test("redaction keeps the usual paths, and numbers the others", () => {
  const paths = ["/sys/fs/bpf", "/run/bpf", "/bpf", "/home/bpf", "/sys/fs/bpf/x"];
  const { bpffs: mounts, program } = redact(
    container({ bpffs: paths.map((path, i) => ({ ...bpffs, path, root: i === 4 ? "/x" : "/" })) }),
  );
  expect(mounts.map(({ path, root }) => `${path} ${root}`)).toEqual([
    ...["/sys/fs/bpf /", "/run/bpf /", "/bpf /", "/path/4 /", "/path/5 /directory"],
  ]);
  expect([program, redact(container())]).toEqual([
    "program",
    expect.not.objectContaining({ manager: expect.anything() }),
  ]);
});

describe("collectFacts", () => {
  const read = (change: (here: ReturnType<typeof machine>) => void, reader?: string) => {
    const here = machine(reader);
    change(here);
    return collectFacts(4711, here);
  };
  const withStatus = (text: string) => read(({ proc }) => fill(proc, { "4711/status": text }));

  test("takes a status that lacks fields, or has others", () => {
    expect(withStatus("")).toMatchObject({
      ...{ program: "?", uid: -1, seccomp: 0, noNewPrivileges: false },
      capabilities: {
        effective: "0",
        permitted: "0",
        inheritable: "0",
        bounding: "0",
        ambient: "0",
      },
    });
    const uid = (text: string) => withStatus(`Uid:\t${text}\n`).uid;
    expect(
      ["0\t7", "0  8", "0 \t 9", "0\tx", "0\t-1", "0", `0\t${"1".repeat(11)}`].map(uid),
    ).toEqual([...[7, 8, 9, -1, -1, -1, -1]]);
    const seccomp = (text: string) => withStatus(`Seccomp:\t${text}\n`).seccomp;
    expect(["0", "1", "2", "x1", "1x", ""].map(seccomp)).toEqual([0, 1, 2, 0, 0, 0]);
    expect(withStatus(status.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0")).noNewPrivileges).toBe(
      false,
    );
  });

  test("takes settings of the kernel that are numbers", () => {
    const sysctl = (text: string) => {
      const { unprivilegedBpfDisabled: bpf, perfEventParanoid: perf } = read(({ proc }) =>
        fill(proc, {
          "sys/kernel/unprivileged_bpf_disabled": text,
          "sys/kernel/perf_event_paranoid": text,
        }),
      );
      return [bpf, perf];
    };
    expect(["0\n", " 4 ", "-1", "x", "1x", "x1", "", "--1"].map(sysctl)).toEqual([
      ...[
        [0, 0],
        [4, 4],
        [-1, -1],
      ],
      ...new Array(5).fill([undefined, undefined]),
    ]);
    const facts = read(({ proc, sys }) => {
      rmSync(join(proc, "sys"), { recursive: true });
      rmSync(join(sys, "kernel"), { recursive: true });
      rmSync(join(proc, "4711/cgroup"));
    });
    expect(facts.unknown).toEqual([
      { fact: "cgroup", why: expect.stringMatching(/4711\/cgroup: ENOENT$/) },
      { fact: "lsms", why: expect.stringMatching(/security\/lsm: ENOENT$/) },
      { fact: "lockdown", why: expect.stringMatching(/security\/lockdown: ENOENT$/) },
      { fact: "sysctl", why: expect.stringMatching(/unprivileged_bpf_disabled: ENOENT$/) },
      { fact: "perf_event_paranoid", why: expect.stringMatching(/perf_event_paranoid: ENOENT$/) },
    ]);
    const keys = ["unprivilegedBpfDisabled", "perfEventParanoid", "lsms", "lockdown", "manager"];
    for (const key of keys) expect(facts).not.toHaveProperty(key);
    expect(read(({ sys }) => fill(sys, { "kernel/security/lsm": "a,b\n" })).lsms).toEqual([
      "a",
      "b",
    ]);
  });

  test("says why a process cannot be read", () => {
    const message = (change: (proc: string) => void) => {
      const here = machine();
      change(here.proc);
      try {
        return collectFacts(4711, here);
      } catch (error) {
        return (error as Error).message.replace(here.proc, "PROC");
      }
    };
    const gone = "there is no process 4711, or it has exited";
    const replaced = (name: string) => (proc: string) => {
      rmSync(join(proc, name), { recursive: true });
      mkdirSync(join(proc, name));
    };
    expect(message((proc) => rmSync(join(proc, "4711/mountinfo")))).toBe(gone);
    expect(message((proc) => rmSync(join(proc, "4711/ns/user")))).toBe(gone);
    expect(message(replaced("4711/status"))).toBe(
      "cannot read PROC/4711/status: EISDIR; read it as root",
    );
    expect(message(replaced("4711/mountinfo"))).toBe(
      "cannot read PROC/4711/mountinfo: EISDIR; read it as root",
    );
    expect(message(replaced("4711/ns/user"))).toBe(
      "cannot read the user namespace of process 4711: EINVAL; run it as root",
    );
    expect(message((proc) => rmSync(join(proc, "self/status")))).toMatch(/^there is no PROC: /);
  });

  test("compares mounts with those of process 1 and of itself", () => {
    const line = (device: string) => `30 22 ${device} / /x rw - bpf bpf rw\n`;
    const onHost = (change: (proc: string) => void, reader?: string) =>
      read(({ proc }) => {
        fill(proc, { "4711/mountinfo": `${line("0:1")}${line("0:2").replace("/x", "/y")}` });
        change(proc);
      }, reader).bpffs.map((one) => one.onHost);
    expect(onHost((proc) => fill(proc, { "1/mountinfo": line("0:1") }))).toEqual([true, false]);
    expect(onHost((proc) => fill(proc, { "self/mountinfo": line("0:2") }))).toEqual([false, true]);
    expect(onHost((proc) => rmSync(join(proc, "1/mountinfo")))).toEqual([false, false]);
    expect(onHost(() => {}, OTHER)).toEqual([undefined, undefined]);
  });

  test("reads a process of the initial user namespace, also from a container", () => {
    const swap = ({ proc }: ReturnType<typeof machine>) => {
      rmSync(join(proc, "4711/ns/user"));
      symlinkSync("user:[4026531837]", join(proc, "4711/ns/user"));
    };
    expect(read(swap).userns).toEqual({ inode: 4026531837, initial: true });
    expect(read(swap, OTHER).unknown).toEqual([]);
    expect(read(() => {}, OTHER).unknown).toEqual([
      { fact: "mounts of the host", why: "this process runs inside a container" },
    ]);
    const odd = read(({ proc }) => {
      rmSync(join(proc, "4711/ns/user"));
      symlinkSync("xuser:[12]", join(proc, "4711/ns/user"));
    });
    expect(odd.userns).toEqual({ inode: 0, initial: false });
  });
});

test("an old hook is a regular file of usual size without a revision", () => {
  const { proc } = machine();
  const path = join(proc, "hook");
  const found = (text: string) => {
    writeFileSync(path, text);
    return findOldHook(path) === path;
  };
  expect(found("")).toBe(true);
  expect(found("x".repeat(1 << 20))).toBe(true);
  expect(found("x".repeat((1 << 20) + 1))).toBe(false);
  expect(found("bpf-token-hook revision 3")).toBe(false);
  expect([findOldHook(proc), findOldHook(`${proc}/none`)]).toEqual([undefined, undefined]);
});

/** A root with files of managers. */
function rootWith(files: Readonly<Record<string, unknown>>): string {
  const root = dirname(machine().proc);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(root, path), text);
  }
  return root;
}
const docker = (one: string) => `var/lib/docker/containers/${one}/config.v2.json`;
const storage = "var/lib/containers/storage";
const bundle = (one: string) =>
  `run/containerd/io.containerd.runtime.v2.task/k8s.io/${one}/config.json`;
const pod = (fields: Readonly<Record<string, unknown>>) => ({
  annotations: Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [`io.kubernetes.cri.${key}`, value]),
  ),
});

test("names of containers, and files that have none", () => {
  const root = rootWith({
    [docker(id("1"))]: { Name: "/one" },
    [docker(id("2"))]: { Name: "two/" },
    [docker(id("3"))]: { Name: 3 },
    [docker(id("4"))]: "null",
    [docker("short")]: { Name: "/short" },
    [`${storage}/overlay-containers/containers.json`]: [
      { id: id("5"), names: ["five", "fünf"] },
      { id: id("6"), names: "six" },
      { id: `${id("7")}x`, names: ["seven"] },
      { id: `x${id("7")}`, names: ["seven"] },
      { id: id("8"), names: [8, null] },
    ],
    [`${storage}/overlay-images/containers.json`]: [{ id: id("9"), names: ["image"] }],
    [`${storage}/vfs-containers/other.json`]: [{ id: id("9"), names: ["other"] }],
    "var/lib/nerdctl/x/names/default/nine": `${id("9")}\n`,
    "var/lib/nerdctl/x/other/default/ten": id("a"),
    [bundle(id("b"))]: pod({
      ...{ "container-type": "container", "sandbox-namespace": "ns" },
      ...{ "sandbox-name": "pod", "container-name": "app" },
    }),
    [bundle(id("c"))]: pod({ "container-type": "sandbox", "sandbox-name": "pod" }),
    [bundle(id("d"))]: {},
    [docker(id("e"))]: { Name: "/k8s_app_pod_ns_uid_0" },
    [docker(id("f"))]: { Name: "/k8s_POD_pod_ns_uid_0" },
    [docker(`0${id("1", 11)}`)]: { Name: "/k8s_app_pod_ns_uid" },
    [docker(`0${id("2", 11)}`)]: { Name: "/x_app_pod_ns_uid_0" },
  });
  expect(Object.fromEntries(containerNames(root))).toEqual({
    ...{ [id("1")]: "one", [id("2")]: "two/", [id("5")]: "fünf", [id("8")]: "" },
    ...{ [id("9")]: "nine", [id("b")]: "ns/pod/app", [id("e")]: "ns/pod/app" },
    ...{ [id("f")]: "k8s_POD_pod_ns_uid_0", [`0${id("1", 11)}`]: "k8s_app_pod_ns_uid" },
    [`0${id("2", 11)}`]: "x_app_pod_ns_uid_0",
  });
  const named = (name: string) => containersNamed(name, root).map((one) => one.id);
  expect(named("ns/pod").sort()).toEqual([id("b"), id("e")]);
  expect([named("pod/app").length, named("pod").length, named("ns").length]).toEqual([2, 2, 0]);
  expect([named("two/"), named("two"), named("five"), named("on")]).toEqual([
    ...[[id("2")], [], [id("5")], []],
  ]);
});

test.each([
  ["web.service", "/a.slice/web.service", true],
  ["web", "/a.slice/web.service/sub", true],
  ["web.scope", "/a.slice/web.scope", true],
  ["web", "/a.slice/web.scope", false],
  ["web.slice", "/web.slice", false],
  ["web", "/web", false],
  ["web", "/lxc/web", true],
  ["web", "/x/lxc.payload/web", true],
  ["web", "/lxc.payload.web", true],
  ["web", "/lxc.payload.webs", false],
  ["aaaaaaaaaaaa", `/x-${a}.scope`, true],
  ["aaaaaaaaaaaa", `/${a}`, true],
  ["aaaaaaaaaaaa", `/${a}.service`, false],
  ["aaaaaaaaaaaa", `/X-${a}.scope`, false],
  ["aaaaaaaaaaaa", `/libpod-conmon-${a}.scope`, false],
  ["aaaaaaaaaaa", `/${a}`, false],
  ["xaaaaaaaaaaaa", `/${a}`, false],
  ["aaaaaaaaaaaax", `/${a}`, false],
  ["aaaaaaaaaaab", `/${a}`, false],
])("the name %s and the cgroup %s", (name, cgroup, fits) => {
  const { proc } = machine();
  fill(proc, { "4711/cgroup": `1:name=x:/other\n0::${cgroup}\n` });
  const find = () => findContainer(name, proc, dirname(proc));
  if (fits) expect(find()).toBe(4711);
  else expect(find).toThrow(`no process belongs to '${name}'`);
});
