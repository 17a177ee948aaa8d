// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { withApt } from "./apt.mjs";
import { CannotError } from "./errors.mjs";
import { loadPackage } from "./package.mjs";
import { sourcePackage, suitesFor } from "./packages.mjs";
import { run } from "./run.mjs";

/**
 * Downloads Debian's kernel sources without installing them. The archives stay packed: the commands
 * that need a file of an archive read it from there.
 *
 * @param releases - as `sourceNames` has them.
 */
export async function source(releases) {
  const { guestsFolder } = await loadPackage();
  const folder = join(guestsFolder(), "sources");
  await withApt(guestsFolder(), suitesFor(releases), "amd64", (apt) => {
    const available = apt.names();
    for (const release of releases) keepSource(apt, release, available, folder);
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
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "source-"));
  try {
    const { path, version, sha256 } = apt.download(name, work);
    console.log(`${name} ${version}\n  sha256 ${sha256}`);
    run("dpkg-deb", ["-x", path, "unpacked"], work);
    const archive = `${name}.tar.xz`;
    const kept = join(folder, archive);
    renameSync(join(work, "unpacked/usr/src", archive), kept);
    console.log(`${kept}, ${statSync(kept).size} bytes`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
