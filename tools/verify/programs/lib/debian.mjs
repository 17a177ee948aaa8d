// SPDX-License-Identifier: MIT
// Packages of Debian that are unpacked, not installed: unstable has newer libraries.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withApt } from "../../../guest/lib/apt.mjs";

const programs = ["bpftool", "libbpf1", "xdp-tools", "libxdp1"];
/** cilium/ebpf, and the one package that its library needs. */
const library = ["golang-github-cilium-ebpf-dev", "golang-golang-x-sys-dev"];
const unstable = { stable: "trixie", more: ["sid"] };
const stable = { stable: "trixie", more: [] };
/** The protocol of containerd's plugins. */
const protocol = ["golang-github-containerd-nri-dev", "golang-github-containerd-ttrpc-dev"];
/** Container managers, whose daemons no package of the machine shall start, and the runtimes of their suite. */
const managers = ["containerd", "runc", "crun", "docker.io", "docker-cli", "runsc"];
/** Programs of the guest for arm64. */
const ofGuest = ["nodejs", "bpftool", "busybox-static"];

const here = process.arch === "arm64" ? "arm64" : "amd64";

/**
 * Downloads and unpacks the programs once per machine.
 *
 * @returns the folder with `usr`; undefined if they cannot be downloaded, after a message.
 */
export const fetchUnstable = () => fetch("sid", unstable, here, () => programs);

/** The same for the source of the Go library cilium/ebpf. */
export const fetchGoLibrary = () => fetch("go", unstable, here, () => library);

/** The same for the protocol of containerd's plugins. */
export const fetchProtocol = (suite) => {
  return fetch(`nri-${suite}`, suitesOf(suite), here, () => protocol);
};

/** The same for the container managers of a suite, with all that they need. */
export const fetchManagers = (suite) => {
  return fetch(`managers-${suite}`, suitesOf(suite), here, (apt) => apt.withDependencies(managers));
};

const suitesOf = (suite) => (suite === "sid" ? unstable : stable);

/** The same for programs for arm64, with all that they need, of Debian stable. */
export const fetchArm64 = () => {
  return fetch("arm64", stable, "arm64", (apt) => apt.withDependencies(ofGuest));
};

async function fetch(folder, suites, architecture, choose) {
  const cache = join(homedir(), ".cache/bpf-token/programs");
  const target = join(cache, folder);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "download-"));
  try {
    await withApt(work, suites, architecture, (apt) => {
      for (const name of choose(apt)) {
        const { path, version, sha256 } = apt.download(name, work);
        console.log(`${name} ${version}\n  sha256 ${sha256}`);
        const { status, stderr } = spawnSync("dpkg-deb", ["-x", path, join(work, "unpacked")]);
        if (status !== 0) throw new Error(`dpkg-deb: ${stderr}`);
      }
    });
    renameSync(join(work, "unpacked"), target);
    return target;
  } catch (error) {
    // Another process has downloaded them at the same time.
    if (existsSync(target)) return target;
    console.log(`nothing of Debian: ${error.message}`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The version of libbpf that a bpftool contains: `1.5`. */
export function libbpfOf(bpftool) {
  const { stdout } = spawnSync(bpftool, ["version"], { encoding: "utf8" });
  return /using libbpf v([\d.]+)/.exec(stdout ?? "")?.[1] ?? "unknown";
}
