// SPDX-License-Identifier: MIT
// Packages of Debian unstable, which have newer libraries. They are unpacked, not installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { withApt } from "../../../guest/lib/apt.mjs";

const programs = ["bpftool", "libbpf1", "xdp-tools", "libxdp1"];
/** cilium/ebpf, and the one package that its library needs. */
const library = ["golang-github-cilium-ebpf-dev", "golang-golang-x-sys-dev"];
const suites = { stable: "trixie", more: ["sid"] };

/**
 * Downloads and unpacks the programs once per machine.
 *
 * @returns the folder with `usr`; undefined if they cannot be downloaded, after a message.
 */
export const fetchUnstable = () => fetch("sid", programs);

/** The same for the source of the Go library cilium/ebpf. */
export const fetchGoLibrary = () => fetch("go", library);

async function fetch(folder, packages) {
  const cache = join(homedir(), ".cache/bpf-token/programs");
  const target = join(cache, folder);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "download-"));
  try {
    await withApt(work, suites, process.arch === "arm64" ? "arm64" : "amd64", (apt) => {
      for (const name of packages) {
        const { path, version, sha256 } = apt.download(name, work);
        console.log(`${name} ${version}\n  sha256 ${sha256}`);
        const { status, stderr } = spawnSync("dpkg-deb", ["-x", path, join(work, "unpacked")]);
        if (status !== 0) throw new Error(`dpkg-deb: ${stderr}`);
      }
    });
    renameSync(join(work, "unpacked"), target);
    return target;
  } catch (error) {
    console.log(`nothing of Debian unstable: ${error.message}`);
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
