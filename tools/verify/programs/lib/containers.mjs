// SPDX-License-Identifier: MIT
// Programs that need a root file system or cgroup v2. They run in a cgroup of their own, so they attach
// nothing to other processes of this machine.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onPath } from "../../../lib/run.mjs";
import { makeArchive } from "../../managers/lib/root.mjs";
import { systemdPackages } from "../../managers/lib/systemd.mjs";

const script = (name) => fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));
const cgroup = `bpf-token-programs-${process.pid}`;

/** The start of a command that runs in a cgroup of its own. */
export const inOwnCgroup = ["unshare", "--mount", "sh", script("cgroup.sh"), cgroup];

/** Removes the cgroup and those below it. */
export function removeCgroup() {
  const remove = `mount -t cgroup2 cgroup2 /mnt && find "/mnt/$0" -depth -type d -exec rmdir {} +`;
  spawnSync("unshare", ["--mount", "sh", "-c", remove, cgroup], { stdio: "ignore" });
}

/**
 * The command that runs a container with runc. Its configuration restricts devices.
 *
 * @returns undefined if runc is not installed.
 */
export function runcCommand(folder) {
  if (!onPath("runc")) return undefined;
  const bundle = join(folder, "bundle");
  for (const name of ["dev", "proc", "usr"]) {
    mkdirSync(join(bundle, "rootfs", name), { recursive: true });
  }
  for (const name of ["bin", "lib", "lib64"])
    symlinkSync(`usr/${name}`, join(bundle, "rootfs", name));
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  const start = ["unshare", "--mount", "--cgroup", "sh", script("container.sh")];
  return [...start, "runc", "run", "--bundle", bundle, "trace"];
}

const config = {
  ociVersion: "1.0.2",
  process: { user: { uid: 0, gid: 0 }, args: ["/usr/bin/true"], cwd: "/", capabilities: {} },
  root: { path: "rootfs", readonly: true },
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["mode=755"] },
    { destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"] },
  ],
  linux: {
    cgroupsPath: "/trace",
    resources: { devices: [{ allow: false, access: "rwm" }] },
    namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })),
  },
};

/**
 * The command that boots systemd of Debian unstable in a container, where systemd-run starts units.
 *
 * @returns undefined if there is no root file system: `npm run tool managers` and this make it by mmdebstrap.
 */
export function systemdCommand(folder) {
  const root = unpackRoot(folder, "systemd", systemdPackages);
  const spaces = ["mount", "cgroup", "pid", "uts", "ipc", "net"].map((name) => `--${name}`);
  const start = ["unshare", ...spaces, "--fork", "--kill-child"];
  return root && [...start, "sh", script("systemd.sh"), root];
}

/** The command that runs bpftrace of Debian unstable; undefined if there is no root file system. */
export function bpftraceCommand(folder) {
  const root = unpackRoot(folder, "bpftrace", ["bpftrace"]);
  return root && ["unshare", "--mount", "sh", script("chroot.sh"), root, "bpftrace", "--info"];
}

/** Unpacks a root file system of Debian unstable, and makes its archive first if there is none. */
function unpackRoot(folder, name, packages) {
  const cache = join(homedir(), ".cache/bpf-token/managers");
  const archive = join(cache, `${name}.tar`);
  if (!existsSync(archive)) {
    if (!onPath("mmdebstrap")) return undefined;
    mkdirSync(cache, { recursive: true });
    makeArchive(archive, packages, "minbase");
  }
  const root = join(folder, name);
  mkdirSync(root);
  return spawnSync("tar", ["-xf", archive, "-C", root]).status === 0 ? root : undefined;
}
