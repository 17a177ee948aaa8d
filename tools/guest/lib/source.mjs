// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { withApt } from "./apt.mjs";
import { CannotError } from "./errors.mjs";
import { loadPackage } from "./package.mjs";
import { configPackage, sourcePackage, suitesFor } from "./packages.mjs";
import { run } from "./run.mjs";

/**
 * Downloads Debian's kernel sources and configurations without installing them. The archives stay packed: the commands
 * that need a file of an archive read it from there.
 *
 * @param releases - as `sourceNames` has them.
 */
export async function source(releases) {
  const { guestsFolder } = await loadPackage();
  const folder = join(guestsFolder(), "sources");
  await withApt(guestsFolder(), suitesFor(releases), "amd64", (apt) => {
    const available = apt.names();
    for (const release of releases) {
      keepSource(apt, release, available, folder);
      keepConfig(apt, release, available, folder);
    }
  });
}

/**
 * Downloads the kernel source of a release and keeps its archive.
 *
 * @param apt - as {@link withApt} passes it.
 * @param available - the names of all packages that can be downloaded.
 * @param folder - where to keep the archive; it replaces an older one.
 */
export function keepSource(apt, release, available, folder) {
  const name = sourcePackage(release);
  if (!available.includes(name)) {
    throw new CannotError(`the Debian mirrors of this machine have no package ${name}`);
  }
  const archive = `${name}.tar.xz`;
  keepFile(apt, name, archive, join(folder, archive));
}

/** Keeps the configuration of the kernel that guests boot, if there is a package with it. */
export function keepConfig(apt, release, available, folder) {
  const name = configPackage(release);
  if (!available.includes(name)) return;
  const file = join(name, "config.amd64_none_cloud-amd64.xz");
  keepFile(apt, name, file, join(folder, `${name}.xz`));
}

/** Downloads a package and moves one file of its folder /usr/src to `kept`. */
function keepFile(apt, name, file, kept) {
  mkdirSync(dirname(kept), { recursive: true });
  const work = mkdtempSync(join(dirname(kept), "source-"));
  try {
    const { path, version, sha256 } = apt.download(name, work);
    console.log(`${name} ${version}\n  sha256 ${sha256}`);
    run("dpkg-deb", ["-x", path, "unpacked"], work);
    renameSync(join(work, "unpacked/usr/src", file), kept);
    console.log(`${kept}, ${statSync(kept).size} bytes`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
