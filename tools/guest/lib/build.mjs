// SPDX-License-Identifier: MIT
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { withApt } from "./apt.mjs";
import { CannotError } from "./errors.mjs";
import { loadPackage } from "./package.mjs";
import { architectureOf, packagesOf, suitesFor } from "./packages.mjs";
import { run } from "./run.mjs";
import { vmlinuxOf } from "./vmlinux.mjs";

/** Downloads and unpacks the packages of guests, and installs their kernels in the guests folder. */
export async function build(guests) {
  const { guestsFolder } = await loadPackage();
  for (const architecture of new Set(guests.map(architectureOf))) {
    const some = guests.filter((guest) => architectureOf(guest) === architecture);
    await withApt(guestsFolder(), suitesFor(some), architecture, (apt) => {
      const available = apt.names();
      for (const guest of some) buildOne(apt, guest, available, join(guestsFolder(), guest));
    });
  }
}

function buildOne(apt, guest, available, folder) {
  const names = packagesOf(guest, available);
  if (names.length === 0) {
    throw new CannotError(`the Debian mirrors of this machine have no kernel for guest:${guest}`);
  }
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "build-"));
  try {
    for (const name of names) {
      const { path, version, sha256 } = apt.download(name, work);
      console.log(`${name} ${version}\n  sha256 ${sha256}`);
      run("dpkg-deb", ["-x", path, "unpacked"], work);
    }
    const place = guest === "uml" ? placeUml : placeKernel;
    const path = place(join(work, "unpacked"), folder);
    console.log(`guest:${guest}: ${path}, ${statSync(path).size} bytes`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function placeUml(unpacked, folder) {
  const path = join(folder, "linux.uml");
  install(readFileSync(join(unpacked, "usr/bin/linux.uml")), path, 0o755);
  return path;
}

/** Installs the kernel uncompressed if possible, because the guest decompresses slowly. */
function placeKernel(unpacked, folder) {
  const files = readdirSync(unpacked, { recursive: true, encoding: "utf8" });
  // Since 7.2 the vmlinuz is in the folder of the modules.
  const file = files.find((path) => /^vmlinuz(-|$)/.test(basename(path)));
  if (file === undefined) throw new CannotError("the packages have no vmlinuz");
  const packed = readFileSync(join(unpacked, file));
  const kernel = vmlinuxOf(packed);
  const path = join(folder, kernel === undefined ? "vmlinuz" : "vmlinux");
  rmSync(join(folder, "vmlinux"), { force: true });
  install(kernel ?? packed, path, 0o644);
  placeModules(unpacked, files, join(folder, "modules"));
  return path;
}

/** A module with kernel functions (kfunc) and its dependencies, in load order. */
const modules = ["udp_tunnel", "ip6_udp_tunnel", "ip_tunnel", "fou"];

/** Uncompresses kernel modules for tests of programs that call kernel functions in modules. */
function placeModules(unpacked, files, folder) {
  rmSync(folder, { recursive: true, force: true });
  const paths = modules.map((name) => files.find((path) => path.endsWith(`/${name}.ko.xz`)));
  if (paths.includes(undefined)) {
    console.log("  without modules: Debian's mirrors no longer have the package with them");
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const [i, path] of paths.entries()) {
    run("xz", ["-dkf", join(unpacked, path)], ".");
    const bytes = readFileSync(join(unpacked, path.slice(0, -".xz".length)));
    install(bytes, join(folder, `${modules[i]}.ko`), 0o644);
  }
}

/** Writes to a temporary name first: a guest may be starting from the old file. */
function install(bytes, path, mode) {
  writeFileSync(`${path}.fresh`, bytes, { mode });
  renameSync(`${path}.fresh`, path);
}
