// SPDX-License-Identifier: MIT

/** The Debian release whose packages the guests' kernels come from, and the suites that are read. */
const debian = "trixie";
const backports = `${debian}-backports`;

/** Names of the guests, the same as `guestNames` of kernel-native. */
export const guestNames = ["6.12", "6.12-arm64", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3", "uml"];

/** The guests that Debian stable has; the kernels of the others are in its backports. */
const inStable = new Set(["6.12", "6.12-arm64", "uml"]);

/** Debian's name of the architecture of a guest. */
export function architectureOf(guest) {
  return guest.endsWith("-arm64") ? "arm64" : "amd64";
}

/** The releases whose kernel source Debian packages: those of the guests. */
export const sourceNames = guestNames.filter((name) => /^[\d.]+$/.test(name));

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
  const all = names.every((name) => inStable.has(name));
  return { stable: debian, more: all ? [] : [backports] };
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
