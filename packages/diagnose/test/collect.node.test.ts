// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FACTS_SCHEMA } from "../src/index.ts";
import { CollectError, collectFacts, findContainer } from "../src/node/index.ts";
import { fill, machine, OTHER } from "./machine.ts";

describe("collectFacts", () => {
  test("reads everything that decides", () => {
    expect(collectFacts(4711, machine())).toEqual({
      schema: FACTS_SCHEMA,
      pid: 4711,
      program: "agent",
      release: "6.18.44",
      uid: 1001,
      capabilities: {
        effective: "0000008000000000",
        permitted: "0000008000001000",
        inheritable: "0000000000000000",
        bounding: "000001ffffffffff",
        ambient: "0000000000000000",
      },
      userns: { inode: 4026532177, initial: false },
      hostNetwork: true,
      bpffs: [
        {
          path: "/sys/fs/bpf",
          device: "0:40",
          root: "/",
          delegates: { delegate_cmds: "map_create" },
          onHost: false,
        },
      ],
      unprivilegedBpfDisabled: 2,
      perfEventParanoid: -1,
      seccomp: 2,
      noNewPrivileges: true,
      lsms: ["capability", "landlock", "bpf"],
      lockdown: "integrity",
      btf: true,
      manager: { kind: "systemd", name: "agent.service" },
      unknown: [],
    });
  });

  test("does not claim to know the host's mounts from inside a container", () => {
    const facts = collectFacts(4711, machine(OTHER));
    expect(facts.bpffs[0]).not.toHaveProperty("onHost");
    expect(facts.unknown.map(({ fact }) => fact)).toEqual(["mounts of the host"]);
  });

  test("reports whether the network namespace is that of the host, unless inside a container", () => {
    const here = machine();
    rmSync(join(here.proc, "4711/ns/net"));
    expect(collectFacts(4711, here)).not.toHaveProperty("hostNetwork");
    symlinkSync("net:[4026532999]", join(here.proc, "4711/ns/net"));
    expect(collectFacts(4711, here).hostNetwork).toBe(false);
    expect(collectFacts(4711, machine(OTHER))).not.toHaveProperty("hostNetwork");
  });

  test("finds an installed hook that a container can take over", () => {
    const here = machine();
    const hook = join(here.proc, "..", "hook");
    const oldHook = (text?: string): string | undefined => {
      if (text !== undefined) writeFileSync(hook, text);
      return collectFacts(4711, { ...here, hook }).oldHook;
    };
    expect(oldHook()).toBeUndefined();
    expect(oldHook("\x7fELF no revision")).toBe(hook);
    expect(oldHook("\x7fELF bpf-token-hook revision 2\n")).toBeUndefined();
    expect(collectFacts(4711, { ...here, hook: "/proc" }).oldHook).toBeUndefined();
  });

  test("names what it could not read", () => {
    const here = machine();
    rmSync(join(here.sys, "kernel"), { recursive: true });
    const facts = collectFacts(4711, here);
    expect(facts.unknown.map(({ fact }) => fact)).toEqual(["lsms", "lockdown"]);
    expect([facts.lsms, facts.lockdown, facts.btf]).toEqual([undefined, undefined, false]);
    rmSync(join(here.proc, "sys"), { recursive: true });
    expect(Object.values(collectFacts(4711, here))).not.toContain(undefined);
  });

  test("a process that does not exist, and a system without /proc, are errors with the reason", () => {
    const here = machine();
    expect(() => collectFacts(4712, here)).toThrow(
      new CollectError("there is no process 4712, or it has exited"),
    );
    const nowhere = { ...here, proc: "/nowhere" };
    expect(() => collectFacts(1, nowhere)).toThrow("there is no /nowhere");
  });
});

describe("findContainer", () => {
  test.each(["agent.service", "agent"])("finds a unit by its name: %s", (name) => {
    expect(findContainer(name, machine().proc)).toBe(4711);
  });

  const id = `feedfacecafe${"0".repeat(40)}deadbeefbabe`;
  const docker = `0::/system.slice/docker-${id}.scope\n`;
  const hexadecimal = "0::/system.slice/feedfacecafe-web-0123456789ab-2.service\n";
  const findIn = (cgroup: string, name: string): number => {
    const { proc } = machine();
    fill(`${proc}/4711`, { cgroup });
    return findContainer(name, proc);
  };

  test.each([id, id.slice(0, 12)])(
    "finds a container by its id, or 12 digits of it: %s",
    (name) => {
      expect(findIn(docker, name)).toBe(4711);
    },
  );

  test.each([
    ["fewer digits of an id", docker, id.slice(0, 11)],
    ["the end of an id", docker, id.slice(-12)],
    ["an id of another container", docker, "0123456789ab"],
    ["a name that begins like an id", hexadecimal, "feedfacecafe-web"],
    ["a name that ends like an id", hexadecimal, "feedfacecafe-web-0123456789ab"],
  ])("takes no other container for the wanted one: %s", (_, cgroup, name) => {
    expect(() => findIn(cgroup, name)).toThrow(`no process belongs to '${name}'`);
  });

  test("takes the oldest process, also from a cgroup below", () => {
    const { proc } = machine();
    for (const pid of ["4712", "4700"]) mkdirSync(join(proc, pid));
    fill(proc, {
      "4711/cgroup": "0::/machine.slice/libpod-0123456789ab.scope/container\n",
      "4712/cgroup": "0::/machine.slice/libpod-0123456789ab.scope/container/sub\n",
      "4700/cgroup": "0::/machine.slice/libpod-0123456789ab.scope/init\n",
    });
    expect(findContainer("0123456789ab", proc)).toBe(4700);
  });

  test("takes no process of a cgroup that somebody gave the name of another one", () => {
    const { proc } = machine();
    const own = "/user.slice/user-1000.slice/user@1000.service/app.slice/agent.service";
    mkdirSync(join(proc, "99"));
    fill(proc, { "99/cgroup": `0::${own}\n` });
    expect(() => findContainer("agent", proc)).toThrow(
      `several cgroups fit 'agent': ${own} (pid 99), /system.slice/agent.service (pid 4711); give one process with --pid`,
    );
  });

  test("says what it looked for if there is no such container", () => {
    expect(() => findContainer("nobody", machine().proc)).toThrow("no process belongs to 'nobody'");
  });
});

test("reads a process in a user namespace of its own", async (context) => {
  if (!existsSync("/proc/self/ns/user")) return context.skip("there is no /proc/self/ns/user");
  const child = spawn("unshare", ["-Ur", "sh", "-c", "echo ready; read _"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    const [first] = (await once(child.stdout, "data").catch(() => [""])) as [unknown];
    if (String(first).trim() !== "ready") return context.skip("user namespaces are not permitted");
    const facts = collectFacts(child.pid as number);
    expect(facts.userns.initial).toBe(false);
    expect(BigInt(`0x${facts.capabilities.effective}`) >> 39n).toBeGreaterThan(0n);
  } finally {
    child.kill();
  }
});
