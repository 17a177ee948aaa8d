// SPDX-License-Identifier: MIT
// Names of containers, from the files in which managers keep them.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { containerNames } from "../src/node/container-names.ts";
import { findContainer } from "../src/node/index.ts";
import { machine } from "./machine.ts";

const id = (digit: string): string => digit.repeat(64);

/** A host with files of managers, and one process for each cgroup: 100, 101 and so on. */
function host(
  files: Readonly<Record<string, unknown>>,
  ...cgroups: readonly string[]
): (name: string) => number {
  const { proc } = machine();
  const root = dirname(proc);
  const put = (path: string, content: unknown): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(join(root, path), text);
  };
  for (const [path, content] of Object.entries(files)) put(path, content);
  for (const [i, cgroup] of cgroups.entries()) put(`proc/${100 + i}/cgroup`, `0::${cgroup}\n`);
  return (name) => findContainer(name, proc, root);
}

const pod = (namespace: string, name: string, container: string, type = "container"): object => ({
  annotations: {
    "io.kubernetes.cri.container-type": type,
    "io.kubernetes.cri.sandbox-namespace": namespace,
    "io.kubernetes.cri.sandbox-name": name,
    ...(type === "container" && { "io.kubernetes.cri.container-name": container }),
  },
});
const bundles = "run/containerd/io.containerd.runtime.v2.task/k8s.io";
const storage = "var/lib/containers/storage/overlay-containers";

test.each([
  [
    "Docker",
    { [`var/lib/docker/containers/${id("a")}/config.v2.json`]: { Name: "/web" } },
    `/system.slice/docker-${id("a")}.scope`,
  ],
  [
    "Docker with userns-remap",
    { [`var/lib/docker/100000.100000/containers/${id("a")}/config.v2.json`]: { Name: "/web" } },
    `/docker/${id("a")}`,
  ],
  [
    "Podman",
    { [`${storage}/containers.json`]: [{ id: id("a"), names: ["web"] }] },
    `/machine.slice/libpod-${id("a")}.scope/container`,
  ],
  [
    "Podman, with --rm",
    {
      "run/containers/storage/vfs-containers/volatile-containers.json": [
        { id: id("a"), names: ["web"] },
      ],
    },
    `/machine.slice/libpod-${id("a")}.scope`,
  ],
  ["nerdctl", { "var/lib/nerdctl/1935db59/names/default/web": id("a") }, `/default/${id("a")}`],
])("finds a container by its name in %s", (_, files, cgroup) => {
  const find = host(files, "/system.slice/web-proxy.service", cgroup);
  expect(find("web")).toBe(101);
  expect(find(id("a").slice(0, 12))).toBe(101);
  expect(() => find("we")).toThrow("no process belongs to 'we'");
});

test.each([
  ["containerd", { [`${bundles}/${id("a")}/config.json`]: pod("apps", "agent-x7", "agent") }],
  [
    "CRI-O",
    { [`${storage}/containers.json`]: [{ id: id("a"), names: ["k8s_agent_agent-x7_apps_8f_0"] }] },
  ],
  [
    "Docker",
    {
      [`var/lib/docker/containers/${id("a")}/config.v2.json`]: {
        Name: "/k8s_agent_agent-x7_apps_8f_0",
      },
    },
  ],
])("finds the container of a pod of %s", (_, files) => {
  const find = host(files, `/kubepods/burstable/pod8f/${id("a")}`);
  for (const name of ["apps/agent-x7", "apps/agent-x7/agent", "agent-x7", "agent-x7/agent"]) {
    expect(find(name)).toBe(100);
  }
  for (const name of ["apps", "agent-x", "other/agent-x7", "apps/agent-x7/other"]) {
    expect(() => find(name)).toThrow(`no process belongs to '${name}'`);
  }
});

test("skips entries and files that are of another kind", () => {
  const files = {
    [`${storage}/containers.json`]: [null, 7, { id: 1, names: 2 }, { names: [{ toString: 1 }] }],
    "run/containers/storage/vfs-containers/containers.json": [{ id: id("a"), names: ["web"] }],
    [`${bundles}/${id("b")}/config.json`]: {
      annotations: { "io.kubernetes.cri.container-type": "container" },
    },
    "var/lib/nerdctl/x/names/default/other/folder": "",
  };
  const { proc } = machine();
  const root = dirname(proc);
  const lists = join(root, "var/lib/containers/storage/vfs-containers");
  mkdirSync(lists, { recursive: true });
  execFileSync("mkfifo", [join(lists, "containers.json")]);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  }
  expect([...containerNames(root)]).toContainEqual([id("a"), "web"]);
});

test("lists the containers of a pod, without its sandbox", () => {
  const find = host(
    {
      [`${bundles}/${id("a")}/config.json`]: pod("apps", "agent-x7", "", "sandbox"),
      [`${bundles}/${id("b")}/config.json`]: pod("apps", "agent-x7", "agent"),
      [`${bundles}/${id("c")}/config.json`]: pod("apps", "agent-x7", "proxy"),
    },
    ...[`/k8s.io/${id("a")}`, `/k8s.io/${id("b")}`, `/k8s.io/${id("c")}`],
  );
  expect(find("apps/agent-x7/proxy")).toBe(102);
  expect(() => find("apps/agent-x7")).toThrow(
    `several cgroups fit 'apps/agent-x7': /k8s.io/${id("b")} (apps/agent-x7/agent, pid 101), /k8s.io/${id("c")} (apps/agent-x7/proxy, pid 102); give one process with --pid`,
  );
});

test("a unit of Quadlet is its container, not Podman's own process", () => {
  const find = host(
    {},
    "/system.slice/web.service/runtime",
    `/system.slice/web.service/libpod-payload-${id("a")}`,
    `/machine.slice/libpod-conmon-${id("b")}.scope`,
    `/machine.slice/libpod-${id("b")}.scope/container`,
  );
  expect(find("web")).toBe(101);
  expect(find("web.service")).toBe(101);
  expect(find(id("b"))).toBe(103);
});

test.each(["/lxc.payload.web", "/lxc/web/init.scope", "/lxc.payload/web"])(
  "finds the container of Incus in %s",
  (cgroup) => {
    expect(host({}, "/lxc.monitor.web", cgroup)("web")).toBe(101);
  },
);

test.each(["/lxc/other/web", "/web/lxc", "/user.slice/web", "/lxc.payload.web2"])(
  "takes no other cgroup for a container of Incus: %s",
  (cgroup) => {
    expect(() => host({}, cgroup)("web")).toThrow("no process belongs to 'web'");
  },
);

test("a container that does not run, and files that are no lists of names", () => {
  const find = host({
    [`var/lib/docker/containers/${id("a")}/config.v2.json`]: { Name: "/web" },
    [`var/lib/docker/containers/${id("b")}/config.v2.json`]: "{ cut",
    [`${storage}/containers.json`]: { names: 1 },
    [`${bundles}/${id("c")}/config.json`]: { annotations: [] },
    "var/lib/nerdctl/1935db59/names/default/none": "",
  });
  expect(() => find("web")).toThrow(
    "no process belongs to 'web': container aaaaaaaaaaaa is not running",
  );
  expect(() => find("none")).toThrow("no process belongs to 'none'");
});
