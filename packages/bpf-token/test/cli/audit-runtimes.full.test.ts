// SPDX-License-Identifier: MIT
// `audit` of ten containers that runc, crun and Podman start with the OCI hook.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms, programPath } from "./build-programs.ts";
import { describeNative } from "./native.ts";
import { cli } from "./run-cli.ts";

/** A container: who starts it, what it may do, and what its program does. */
interface Container {
  readonly by: "runc" | "crun" | "podman";
  readonly caps: readonly string[];
  readonly delegate: Readonly<Record<string, string>>;
  readonly does: "" | "token" | "unmount";
  readonly hostNetwork?: true;
  /** The findings but notes. */
  readonly wrong: readonly string[];
}

const narrow = {
  ...{ caps: ["BPF"], delegate: { cmds: "map_create", maps: "array" }, wrong: [] },
  does: "token",
} as const;
const programs = { cmds: "map_create:prog_load", maps: "array", progs: "xdp", attachs: "xdp" };
const containers: readonly Container[] = [
  { ...narrow, by: "runc" },
  { ...narrow, by: "runc", does: "" },
  {
    ...{ by: "runc", caps: ["BPF", "NET_ADMIN", "PERFMON"], delegate: programs, does: "token" },
    wrong: ["error audit.kernel_memory"],
  },
  {
    ...{ ...narrow, by: "runc", caps: ["BPF", "SYS_ADMIN"], does: "unmount" },
    wrong: ["warning audit.unmounted"],
  },
  { ...narrow, by: "crun" },
  { ...narrow, by: "crun", caps: ["BPF", "NET_ADMIN"], delegate: programs },
  {
    ...{ by: "crun", caps: ["BPF", "NET_ADMIN"], delegate: programs, does: "token" },
    ...{ hostNetwork: true, wrong: ["error audit.host_network"] },
  },
  { ...narrow, by: "podman" },
  { ...narrow, by: "podman", does: "" },
  {
    ...{ ...narrow, by: "podman", delegate: { cmds: "map_create", maps: "any" } },
    wrong: ["warning audit.any"],
  },
];

const names = (caps: readonly string[]): readonly string[] => caps.map((name) => `CAP_${name}`);
const annotationsOf = ({ delegate }: Container): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(delegate).map(([axis, value]) => [`bpf-token/delegate_${axis}`, value]),
  );

describeNative("audit of containers", ["cc", "runc", "crun", "podman"], () => {
  let folder = "";
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    buildPrograms("hook");
    folder = mkdtempSync(join(tmpdir(), "bpf-token-audit-"));
    chmodSync(folder, 0o755);
    prepare(folder, programPath("hook"));
    for (const [i, container] of containers.entries()) running.push(await start(i, container));
  }, 300_000);

  afterAll(async () => {
    for (const child of running) {
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      for (const pid of heldBy(child.pid ?? 0)) process.kill(pid, "SIGKILL");
      await ended;
    }
    rmSync(folder, { recursive: true });
  }, 300_000);

  /** Starts a container, and waits until its program prints its number. */
  async function start(i: number, container: Container): Promise<ChildProcess> {
    const command = container.by === "podman" ? podman(i, container) : oci(i, container);
    const script = [
      "mount -t cgroup2 none /sys/fs/cgroup",
      "mount --bind /dev/null /dev/null",
      "mount -o remount,bind,ro /dev/null",
      '"$@"',
    ].join(" && ");
    const flags = ["--mount", "--pid", "--fork", "--mount-proc"];
    const child = spawn("unshare", [...flags, "sh", "-c", `${script}; exit`, "sh", ...command], {
      // crun gives its standard input to the container: /dev/null would change its owner.
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stderr.on("data", (text) => {
      err += text;
    });
    const failed = once(child, "exit").then(() => {
      throw new Error(`container ${i} (${container.by}) ended: ${out}${err}`);
    });
    failed.catch(() => undefined);
    const printed = (async () => {
      for await (const text of child.stdout) {
        out += String(text);
        if (out.includes("\n")) return;
      }
      await failed;
    })();
    await Promise.race([printed, failed]);
    return child;
  }

  function oci(i: number, container: Container): readonly string[] {
    const { by, caps, does, hostNetwork } = container;
    const bundle = join(folder, String(i));
    mkdirSync(bundle);
    const types = ["pid", "mount", "user", "ipc", "uts", ...(hostNetwork ? [] : ["network"])];
    const ids = [{ containerID: 0, hostID: 1_000_000, size: 65536 }];
    const all = names(caps);
    const hook = ["bpf-token-hook", "--config", join(folder, "hook.json")];
    const config = {
      ociVersion: "1.0.2",
      process: {
        ...{ user: { uid: 0, gid: 0 }, cwd: "/", args: ["/bin/holds", does], env: [] },
        capabilities: { bounding: all, effective: all, permitted: all },
      },
      root: { path: join(folder, "rootfs") },
      annotations: annotationsOf(container),
      hooks: { createRuntime: [{ path: join(folder, "bpf-token-hook"), args: hook }] },
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        // A user namespace may mount sysfs only with a network namespace of its own.
        hostNetwork
          ? { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "ro"] }
          : { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
      ],
      linux: { uidMappings: ids, gidMappings: ids, namespaces: types.map((type) => ({ type })) },
    };
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
    const id = `bpf-token-${process.pid}-audit-${i}`;
    const options = by === "crun" ? ["--cgroup-manager=disabled"] : [];
    return [by, "--root", join(folder, "state"), ...options, "run", "--bundle", bundle, id];
  }

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

  const podman = (i: number, container: Container): readonly string[] => [
    ...[...store(), "run", "--rm", "--cgroups=disabled", "--network=none", `--name=audit-${i}`],
    ...["--uidmap=0:1000000:65536", "--gidmap=0:1000000:65536", "--cap-drop=all"],
    ...[`--cap-add=${container.caps.join(",")}`],
    ...Object.entries(annotationsOf(container)).map(
      ([key, value]) => `--annotation=${key}=${value}`,
    ),
    ...["--rootfs", join(folder, "rootfs"), "/bin/holds", container.does],
  ];

  test("finds each, and what is wrong with it", async () => {
    const { out, code } = await cli(["audit", "--json"]);
    expect(code).toBe(1);
    const { delegations } = JSON.parse(out) as {
      delegations: readonly {
        readonly who: string;
        readonly first: { readonly pid: number };
        readonly tokens: { readonly open: number };
        readonly findings: readonly { readonly id: string; readonly severity: string }[];
      }[];
    };
    const seen = running.map((child) => {
      const pids = heldBy(child.pid ?? 0);
      const row = delegations.find(({ first }) => pids.includes(first.pid));
      const wrong = row?.findings.filter(({ severity }) => severity !== "note");
      return [row?.who, row?.tokens.open, wrong?.map(({ id, severity }) => `${severity} ${id}`)];
    });
    console.log(seen.map(([who]) => who).join(", "));
    expect(seen.map(([, ...rest]) => rest)).toEqual(
      containers.map(({ does, wrong }) => [does === "" ? 0 : 1, wrong]),
    );
  });
});

/** Writes the root of all containers, the hook and its allow-list. */
function prepare(folder: string, hook: string): void {
  const root = join(folder, "rootfs");
  for (const name of ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "var"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  mkdirSync(join(folder, "hooks.d"));
  const source = fileURLToPath(new URL("../fixtures/holds.c", import.meta.url));
  const made = spawnSync("cc", ["-static", "-O2", "-o", join(root, "bin/holds"), source]);
  expect(made.status).toBe(0);
  spawnSync("chown", ["-R", "1000000:1000000", root]);
  copyFileSync(hook, join(folder, "bpf-token-hook"));
  const allow = { cmds: "any", maps: "any", progs: "any", attachs: "any" };
  writeFileSync(join(folder, "hook.json"), JSON.stringify({ allow }), { mode: 0o644 });
  const args = ["bpf-token-hook", "--config", join(folder, "hook.json")];
  const entry = {
    ...{ version: "1.0.0", hook: { path: join(folder, "bpf-token-hook"), args } },
    ...{ when: { annotations: { "^bpf-token/": ".*" } }, stages: ["createRuntime"] },
  };
  writeFileSync(join(folder, "hooks.d/bpf-token.json"), JSON.stringify(entry));
}

/** The processes below one that run the program of the containers. */
function heldBy(pid: number): readonly number[] {
  const folder = `/proc/${pid}`;
  try {
    const children = readdirSync(`${folder}/task`).flatMap((thread) =>
      readFileSync(`${folder}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter(Boolean)
        .map(Number),
    );
    const isIt = readFileSync(`${folder}/comm`, "utf8") === "holds\n";
    return [...(isIt ? [pid] : []), ...children.flatMap(heldBy)];
  } catch {
    // It has ended.
    return [];
  }
}
