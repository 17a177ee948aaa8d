// SPDX-License-Identifier: MIT
import { suiteOf } from "../../lib/releases.mjs";

/** The suite of Debian stable, which has User-mode Linux. */
const stable = suiteOf("uml");

/** Debian's name of the architecture of a guest. */
export function architectureOf(guest) {
  return guest.endsWith("-arm64") ? "arm64" : "amd64";
}

/** The package with the kernel source of a release. */
export function sourcePackage(release) {
  return `linux-source-${release}`;
}

/** The package with the configurations of a release's kernels. */
export function configPackage(release) {
  return `linux-config-${release}`;
}

/** The suites that apt reads for some guests: those of the machine for stable, and others. */
export function suitesFor(names) {
  const more = new Set(names.map(suiteOf));
  more.delete(stable);
  return { stable, more: [...more] };
}

/** What Debian splits a kernel into since 6.19. Old versions keep only some of the parts. */
const parts = ["linux-image", "linux-binary", "linux-modules", "linux-base"];

/**
 * The packages that hold the newest kernel of a guest.
 *
 * @param available - the names of all packages that can be downloaded.
 * @returns the names, the best-known one first; an empty list if there is no such kernel.
 */
export function packagesOf(guest, available) {
  if (guest === "uml") return available.filter((name) => name === "user-mode-linux");
  const release = guest.replace(/-.*/, "");
  const end = `-cloud-${architectureOf(guest)}`;
  const versions = available
    .filter((name) => name.endsWith(end))
    .map((name) => /^linux-image-(\d+\.\d+)\.(\d+)/.exec(name))
    .filter((found) => found?.[1] === release)
    .sort((a, b) => Number(b[2]) - Number(a[2]));
  const [newest] = versions;
  if (newest === undefined) return [];
  const suffix = newest.input.slice("linux-image".length);
  return parts.map((part) => `${part}${suffix}`).filter((name) => available.includes(name));
}
