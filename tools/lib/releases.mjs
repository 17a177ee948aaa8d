// SPDX-License-Identifier: MIT
// @ts-check
// The one list of releases, tools/gen/uapi/releases.json, and what follows from it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * A modelled release.
 *
 * - `revision`: its name for messages, unless it is `Linux X.Y`
 * - `rules`: whether docs/spec/rules.json has it; the others follow the rules of the one before
 * - `guests`: the architectures of its guests
 * - `suite`: the Debian suite with its kernel and source
 * - `bpf`: whether its BPF subsystem can be built as a module
 * - `sources`: sha256 of the files of its source that tools identify
 *
 * @typedef {{ name: string, revision?: string, rules?: boolean, guests?: ("x64" | "arm64")[],
 *   suite?: string, bpf?: boolean, sources?: Record<string, string> }} ReleaseEntry
 * @typedef {ReleaseEntry & { code: number }} Release
 */

/** The list. */
export const releasesFile = fileURLToPath(new URL("../gen/uapi/releases.json", import.meta.url));

/** The releases that are not `X.Y`, by age; all of them are older than 6.9. */
const series = new Map([
  ["v10-03", 1],
  ["v10", 2],
  ["v10-reviewed", 3],
]);

/** The release below the v10 series: everything up to Linux 6.7 exists in the series. */
const BASE = 6007;

/**
 * X * 1000 + Y for text that begins with X.Y, such as that of `uname -r`. The packages have the same
 * as linuxCode(): their sources need a build before tools can import them.
 *
 * @param {string} text
 * @returns {number} NaN for other text
 */
export function linuxCode(text) {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,3})(?!\d)/.exec(text) ?? [];
  return Number(major) * 1000 + Number(minor);
}

/**
 * The numeric code of a release: 1…3 for the series, X * 1000 + Y for Linux X.Y, and 0 for each
 * Linux release below the series. Codes compare by age.
 *
 * @param {string | undefined} release
 * @returns {number} NaN for text that is not a release
 */
export function codeOf(release) {
  if (release === undefined) return 0;
  const named = series.get(release);
  if (named !== undefined) return named;
  const code = /^[\d.]+$/.test(release) ? linuxCode(release) : Number.NaN;
  return code <= BASE ? 0 : code;
}

/**
 * @param {string | URL} [file]
 * @returns {Release[]} oldest first
 */
export function readReleases(file = releasesFile) {
  /** @type {{ releases: ReleaseEntry[] }} */
  const { releases } = JSON.parse(readFileSync(file, "utf8"));
  return releases.map((entry) => ({ ...entry, code: codeOf(entry.name) }));
}

/** The names of a release's guests. @param {ReleaseEntry} release */
const guestsOf = ({ name, guests = [] }) =>
  guests.map((arch) => (arch === "x64" ? name : `${name}-${arch}`));

/** @param {readonly ReleaseEntry[]} releases - the names of the guests, oldest first */
export const guestNamesOf = (releases) => [...releases.flatMap(guestsOf), "uml"];

/** @param {readonly ReleaseEntry[]} releases - the releases with a module `bpf:R` */
export const bpfReleasesOf = (releases) =>
  releases.filter(({ bpf }) => bpf).map(({ name }) => name);

const releases = readReleases();

export const guestNames = guestNamesOf(releases);
export const bpfReleases = bpfReleasesOf(releases);
/** The newest release. */
export const newest = releases.at(-1)?.name ?? "";
/** The releases of docs/spec/rules.json, oldest first. */
export const ruleReleases = releases.filter(({ rules }) => rules).map(({ name }) => name);
/** The releases whose kernel source Debian packages. */
export const sourceNames = releases.filter(({ suite }) => suite).map(({ name }) => name);

/** Releases after 6.12 with sources that upstream checks read; that of 6.12 is in Debian stable. */
export const newerSources = releases
  .filter(({ code, suite, sources }) => suite && sources && code > codeOf("6.12"))
  .map(({ name }) => name);

/** The Debian suite with the kernel of a guest. @param {string} guest */
export function suiteOf(guest) {
  const release = releases.find((one) => guestsOf(one).includes(guest));
  return release?.suite ?? releases.find(({ suite }) => suite)?.suite ?? "";
}

/** @param {string} release - throws RangeError for one without a module `bpf:R` */
export function assertBpfRelease(release) {
  if (bpfReleases.includes(release)) return;
  throw new RangeError(`unknown release '${release}' (known: ${bpfReleases.join(", ")})`);
}
