// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeNative } from "../../src/index.ts";
import { allowed, asked, capabilities, hook } from "./container.ts";

// Containers of the OCI runtimes and of Podman that are installed here. Each container runs
// fixtures/hook-user.c, which uses a token and prints what the kernel answers.

const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const has = (name: string): boolean => spawnSync(name, ["--version"]).status === 0;
const native = probeNative();

/** Why the tests with some programs cannot run. */
function obstacle(...programs: readonly string[]): string | undefined {
  if (!native.ok) return native.why;
  const missing = ["cc", ...programs].filter((name) => !has(name));
  return missing.length > 0 ? `not installed: ${missing.join(", ")}` : undefined;
}

/** What the program prints in a container with {@link allowed}: hash and socket_filter get EPERM. */
const DELEGATED = "token=0\narray=0\nhash=1\nxdp=0\nsocket_filter=1\n";
/** /sys/fs/bpf is a directory of sysfs there, so BPF_TOKEN_CREATE answers EINVAL. */
const WITHOUT = "token=22\n";

/** A map of the container's ids to ids that nobody has here. */
const ids = [{ containerID: 0, hostID: 1_000_000, size: 65536 }];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-runtimes-"));
  if (obstacle() !== undefined) return;
  chmodSync(folder, 0o755);
  const root = join(folder, "rootfs");
  for (const name of ["bin", "dev", "etc", "proc", "sys"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const source = fileURLToPath(new URL("../fixtures/hook-user.c", import.meta.url));
  const flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static"];
  const made = spawnSync("cc", [...flags, "-o", join(root, "bin/user"), source], {
    encoding: "utf8",
  });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  spawnSync("chown", ["-R", "1000000:1000000", root]);
  copyFileSync(hook, join(folder, "bpf-token-hook"));
  symlinkSync("bpf-token-hook", join(folder, "bpf-token-runtime"));
  writeConfig("hook.json", {});
});
// Runtimes may still remove their own files.
afterAll(() => rmSync(folder, { recursive: true }));

function writeConfig(name: string, changes: object): string {
  writeFileSync(join(folder, name), JSON.stringify({ allow: allowed, ...changes }), {
    mode: 0o644,
  });
  return join(folder, name);
}

/** The hook in config.json, as an engine writes it there. */
function ociHooks(config = "hook.json"): object {
  const args = ["bpf-token-hook", "--config", join(folder, config)];
  return { createRuntime: [{ path: join(folder, "bpf-token-hook"), args }] };
}

function writeBundle(name: string, changes: object): string {
  const bundle = join(folder, name);
  mkdirSync(bundle);
  const types = ["pid", "mount", "user", "network", "ipc", "uts"];
  const config = {
    ociVersion: "1.0.2",
    process: {
      ...{ user: { uid: 0, gid: 0 }, cwd: "/", args: ["/bin/user"], env: [] },
      capabilities: capabilities("CAP_BPF", "CAP_NET_ADMIN"),
    },
    root: { path: join(folder, "rootfs") },
    annotations: asked,
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
    ],
    linux: { uidMappings: ids, gidMappings: ids, namespaces: types.map((type) => ({ type })) },
    ...changes,
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  return bundle;
}

/**
 * Runs a command in a mount namespace of its own, with only cgroup2 at /sys/fs/cgroup: crun refuses
 * machines that have both versions. The PID namespace ends what Podman leaves behind: it removes a
 * container in the background.
 */
function run(command: readonly string[]): {
  status: number | null;
  stdout: string;
  stderr: string;
} {
  const script = [
    "mount -t cgroup2 none /sys/fs/cgroup",
    // crun gives its standard streams to root of the container, and thereby this machine's /dev/null.
    "mount --bind /dev/null /dev/null",
    "mount -o remount,bind,ro /dev/null",
    // The shell stays process 1: as such, Podman would make cgroups that outlive it.
    '"$@" && exit',
  ].join(" && ");
  const args = ["--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh", ...command];
  const { status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

const runtimes: readonly (readonly [name: string, options: readonly string[]])[] = [
  ["runc", []],
  ["crun", ["--cgroup-manager=disabled"]],
];

for (const [name, options] of runtimes) {
  const why = obstacle(name);
  const runnable = why === undefined || required;
  if (!runnable) test(name, (context) => context.skip(`${name}: ${why}`));
  describe.runIf(runnable)(name, () => {
    let count = 0;
    const start = (changes: object, program: readonly string[] = [name]) => {
      const id = `bpf-token-${process.pid}-${name}-${count++}`;
      const bundle = writeBundle(id, changes);
      const state = ["--root", join(folder, "state")];
      return run([...program, ...state, ...options, "run", "--bundle", bundle, id]);
    };

    test("a container with the hook uses its token, for what is delegated only", () => {
      expect(start({ hooks: ociHooks() })).toMatchObject({ status: 0, stdout: DELEGATED });
    });

    test("without the hook the same container has no token", () => {
      expect(start({})).toMatchObject({ status: 1, stdout: WITHOUT });
    });

    test("a container that asks for too much does not start", () => {
      const annotations = { ...asked, "bpf-token/delegate_maps": "array:hash" };
      const { status, stdout, stderr } = start({ hooks: ociHooks(), annotations });
      expect([status, stdout]).toEqual([expect.not.stringMatching(/^0$/), ""]);
      expect(status).not.toBe(0);
      // crun prints that the hook failed, but not what the hook printed.
      expect(stderr).toMatch(name === "crun" ? /exit code: 1/ : /does not permit 'hash' in maps/);
    });

    test("a container without a user namespace does not start", () => {
      const namespaces = ["pid", "mount", "ipc"].map((type) => ({ type }));
      const { status, stdout } = start({ hooks: ociHooks(), linux: { namespaces } });
      expect(status).not.toBe(0);
      expect(stdout).toBe("");
    });

    test("an allow-list that cannot be read keeps the container from starting", () => {
      const { status, stdout } = start({ hooks: ociHooks("none.json") });
      expect(status).not.toBe(0);
      expect(stdout).toBe("");
    });

    test("the wrapper adds the hook to the bundle", () => {
      const path = spawnSync("sh", ["-c", `command -v ${name}`], {
        encoding: "utf8",
      }).stdout.trim();
      const config = writeConfig(`${name}.json`, { runtime: path });
      const wrapper = [join(folder, "bpf-token-runtime"), "--hook-config", config];
      for (const hooks of [undefined, {}, { poststop: [] }, { createRuntime: [] }]) {
        expect(start({ hooks }, wrapper)).toMatchObject({ status: 0, stdout: DELEGATED });
      }
      expect(start({ annotations: {} }, wrapper)).toMatchObject({ status: 1, stdout: WITHOUT });
      const bundle = join(folder, `bpf-token-${process.pid}-${name}-${count - 1}`);
      expect(JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"))).not.toHaveProperty(
        "hooks",
      );
    });
  });
}

const podmanWhy = obstacle("podman", "crun");
const podmanRuns = podmanWhy === undefined || required;
if (!podmanRuns) test("podman", (context) => context.skip(`podman: ${podmanWhy}`));
describe.runIf(podmanRuns)("podman", () => {
  const store = (): readonly string[] => [
    ...["podman", "--root", join(folder, "images"), "--runroot", join(folder, "run")],
    ...["--tmpdir", join(folder, "tmp"), "--storage-driver", "vfs", "--events-backend", "none"],
    ...[
      "--cgroup-manager",
      "cgroupfs",
      "--runtime",
      "crun",
      "--hooks-dir",
      join(folder, "hooks.d"),
    ],
  ];
  beforeAll(() => {
    mkdirSync(join(folder, "hooks.d"));
    const config = join(folder, "hook.json");
    const entry = {
      version: "1.0.0",
      hook: { path: join(folder, "bpf-token-hook"), args: ["bpf-token-hook", "--config", config] },
      when: { annotations: { "^bpf-token/": ".*" } },
      stages: ["createRuntime"],
    };
    writeFileSync(join(folder, "hooks.d/bpf-token.json"), JSON.stringify(entry));
    const image = join(folder, "image.tar");
    spawnSync("tar", ["-C", join(folder, "rootfs"), "--owner=0", "--group=0", "-cf", image, "."]);
    const { status, stderr } = run([...store(), "import", image, "user"]);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
  });

  const start = (annotations: Readonly<Record<string, string>>) =>
    run([
      ...[...store(), "run", "--rm", "--cgroups=disabled", "--network=none"],
      ...["--uidmap=0:1000000:65536", "--gidmap=0:1000000:65536", "--cap-add=BPF,NET_ADMIN"],
      ...Object.entries(annotations).map(([key, value]) => `--annotation=${key}=${value}`),
      ...["localhost/user", "/bin/user"],
    ]);

  test("a container with annotations gets its delegation through hooks.d", () => {
    expect(start(asked)).toMatchObject({ status: 0, stdout: DELEGATED });
  });

  test("without annotations it has no token", () => {
    expect(start({})).toMatchObject({ status: 1, stdout: WITHOUT });
  });

  test("a container that asks for too much does not start", () => {
    const { status, stdout } = start({ ...asked, "bpf-token/delegate_maps": "array:hash" });
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
  });
});
