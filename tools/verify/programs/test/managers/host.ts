// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import { expect } from "vitest";
import { criTable, NRI, pageRuntime, pageTables } from "../../../docs/lib/kubernetes.ts";
import { isReady } from "./cri.ts";
import { IMAGE } from "./image.ts";

const ENVIRONMENT = { ...process.env, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * Namespaces in which containerd runs: what it mounts and starts ends with them. The files of /run are
 * the test's own, because containerd's paths there are fixed.
 */
export class Host {
  readonly #folder: string;
  readonly #holder: ChildProcess;
  readonly #pid: string;
  readonly #started: ChildProcess[] = [];

  private constructor(folder: string, holder: ChildProcess, pid: string) {
    this.#folder = folder;
    this.#holder = holder;
    this.#pid = pid;
  }

  /** @param programs - the folder with the unpacked packages. */
  static async start(folder: string, programs: string): Promise<Host> {
    const mounts = [
      // The programs need the libraries of their suite, which are not older than those of this machine.
      `mount -t overlay overlay -o lowerdir=${programs}/usr:/usr /usr`,
      "mount -t tmpfs tmpfs /run",
      `mount -t tmpfs tmpfs ${folder}/store`,
      "mount -t cgroup2 none /sys/fs/cgroup",
      "ip link set lo up",
      // crun gives its standard streams to root of the container, and thereby this machine's /dev/null.
      "mount --bind /dev/null /dev/null",
      "mount -o remount,bind,ro /dev/null",
    ];
    const flags = ["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--mount-proc"];
    const script = `${mounts.join(" && ")} && echo ready && exec sleep infinity`;
    const holder = spawn("unshare", [...flags, "--kill-child", "sh", "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { stdout, pid } = holder;
    if (stdout !== null) expect(String((await once(stdout, "data"))[0])).toBe("ready\n");
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return new Host(folder, holder, child);
  }

  /** A path of the namespaces, from outside. */
  outside(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  /** Starts a program in the namespaces. */
  spawn(command: readonly string[]): ChildProcess {
    const child = spawn("nsenter", this.#enter(command), {
      ...{ env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] },
    });
    this.#started.push(child);
    return child;
  }

  /** Runs a program in the namespaces. */
  run(command: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync("nsenter", this.#enter(command), { env: ENVIRONMENT, encoding: "utf8" });
  }

  /** Starts containerd, and waits until it serves CRI. */
  async containerd(image?: string): Promise<ChildProcess> {
    const config = join(this.#folder, "config.toml");
    const log = join(this.#folder, "containerd.log");
    const daemon = this.spawn(["sh", "-c", `exec containerd --config ${config} >>${log} 2>&1`]);
    const socket = this.outside("/run/containerd/containerd.sock");
    while (daemon.exitCode === null && !(await isReady(socket))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(daemon.exitCode, readFileSync(log, "utf8")).toBeNull();
    if (image !== undefined) {
      const done = this.run(["ctr", "--namespace", "k8s.io", "image", "import", image]);
      expect([done.status, done.stderr]).toEqual([0, ""]);
    }
    return daemon;
  }

  /** Ends all processes of the namespaces: the kernel does so when their first process ends. */
  async stop(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const all = [this.#holder, ...this.#started];
    const running = all.filter((one) => one.exitCode === null && one.signalCode === null);
    const ended = running.map((one) => once(one, "exit"));
    process.kill(Number(this.#pid), "SIGKILL");
    await Promise.all(ended);
  }

  #enter(command: readonly string[]): readonly string[] {
    const namespaces = ["--mount", "--net", "--pid", "--ipc", "--uts"];
    return ["--target", this.#pid, ...namespaces, "--", ...command];
  }
}

/** Writes the configuration of containerd, with the tables of docs/kubernetes.md. */
export function writeContainerdConfig(folder: string, version: "1.7" | "2.1"): void {
  const old = version === "1.7";
  const nri = pageTables(NRI);
  const runtimes = ["runc", "crun"].map((name) => [
    name,
    {
      runtime_type: pageRuntime().runtime_type,
      options: { BinaryName: old ? name : writeRuntime(folder, name) },
    },
  ]);
  const wrapper = { ...pageRuntime(), options: { BinaryName: writeWrapper(folder) } };
  const bin = `${folder}/cni/bin`;
  const cri = {
    restrict_oom_score_adj: true,
    ...(old && { sandbox_image: IMAGE }),
    // Not all machines have the controllers of cgroup2.
    ...{ disable_apparmor: true, disable_cgroup: true },
    cni: { conf_dir: `${folder}/cni`, ...(old ? { bin_dir: bin } : { bin_dirs: [bin] }) },
    containerd: { runtimes: { ...Object.fromEntries(runtimes), "bpf-token": wrapper } },
  };
  const config = {
    version: old ? nri.version : 3,
    ...{ root: `${folder}/store/root`, state: "/run/containerd" },
    plugins: {
      ...(!old && { "io.containerd.cri.v1.images": { pinned_images: { sandbox: IMAGE } } }),
      [criTable(version)]: cri,
      // containerd 2 has NRI enabled.
      [NRI]: { ...(old && nri.plugins[NRI]), plugin_path: `${folder}/plugins` },
    },
  };
  writeFileSync(join(folder, "config.toml"), stringify(config));
}

/** Writes a program that starts the wrapper of the hook with the configuration of the test. */
function writeWrapper(folder: string): string {
  const path = join(folder, "runtime-wrapper");
  const command = `${folder}/libexec/bpf-token-runtime --hook-config ${folder}/etc/hook.json`;
  writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return path;
}

/** The runtime that the wrapper of the hook executes. */
export const runtimePath = (folder: string, version: "1.7" | "2.1"): string =>
  version === "1.7" ? "/usr/sbin/runc" : join(folder, "runtime-runc");

/**
 * Writes a runtime without CPU shares. containerd 2 asks for them with `disable_cgroup`, too, and runc
 * 1.3 refuses a pod if the machine's cgroup2 has no controller for them.
 */
function writeRuntime(folder: string, name: string): string {
  const lines = [
    "#!/bin/sh",
    'for word in "$@"; do',
    '  if [ "$before" = --bundle ]; then bundle=$word; fi',
    "  before=$word",
    "done",
    `[ -z "$bundle" ] || sed -i -E 's/"shares":[0-9]+,?//' "$bundle/config.json"`,
    `exec ${name} "$@"`,
  ];
  const path = join(folder, `runtime-${name}`);
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o755 });
  return path;
}
