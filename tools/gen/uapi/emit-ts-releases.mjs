// SPDX-License-Identifier: MIT
// @ts-check
import { bpfReleasesOf, guestNamesOf } from "../../lib/releases.mjs";
import { tsFile } from "./text.mjs";

/** @typedef {import("../../lib/releases.mjs").Release} Release */

const guestComment = `/**
 * Names of the guests: releases of Debian's kernel in QEMU, oldest first, and User-mode Linux. The
 * kernels are for x64, unless the name ends with another architecture.
 *
 * @example
 * \`\`\`ts
 * const available = guestNames.filter((guest) => probeGuest(guest).ok);
 * \`\`\`
 */`;

const subjectComment = `/**
 * The subjects with a fixed name.
 *
 * @example
 * \`\`\`ts
 * const subjects = await Promise.allSettled(subjectNames.map((name) => findSubject(name)));
 * \`\`\`
 */`;

const bpfComment =
  "/** The releases whose BPF subsystem `npm run kernel-bpf` can build, oldest first. */";

/**
 * What packages say of releases: names of guests and subjects, and known files of the source.
 *
 * @param {readonly Release[]} releases
 * @returns {Map<string, string>} path to text
 */
export function emitReleases(releases) {
  const [guests, bpf] = [guestNamesOf(releases), bpfReleasesOf(releases)];
  const subjects = [
    ...["model", "native"],
    ...guests.map((name) => `guest:${name}`),
    ...bpf.map((name) => `bpf:${name}`),
  ];
  return new Map([
    [
      "packages/kernel-native/src/generated/guest-names.ts",
      tsFile(`${guestComment}\n${names("guestNames", guests)}`),
    ],
    [
      "packages/bpf-token/src/generated/subject-names.ts",
      tsFile(
        `${subjectComment}\n${names("subjectNames", subjects)}\n\n${bpfComment}\n${names("bpfReleases", bpf)}`,
      ),
    ],
    ["packages/upstream/src/generated/known-sources.ts", tsFile(sources(releases))],
  ]);
}

/** @param {string} name @param {readonly string[]} values */
const names = (name, values) =>
  `export const ${name} = [\n${values.map((one) => `  "${one}",`).join("\n")}\n] as const;`;

/** @param {readonly Release[]} releases */
function sources(releases) {
  const rows = releases.flatMap(({ name, revision = `Linux ${name}`, sources = {} }) =>
    Object.entries(sources).map(
      ([path, sha256]) =>
        `  {\n    sha256: "${sha256}",\n    path: "${path}",\n    revision: "${revision}",\n    release: "${name}",\n  },`,
    ),
  );
  return `export const knownSources = [\n${rows.join("\n")}\n] as const;`;
}
