// SPDX-License-Identifier: MIT
// The versions of libbpf that the oracle compares with. Debian's packages are unpacked, not installed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withApt } from "../../../guest/lib/apt.mjs";
import { unpack } from "./corpus.mjs";
import { run } from "./run.mjs";

/** The Debian release of this machine. */
const stable = "trixie";

/** Where each version comes from: the suites that a private apt reads besides the machine's. */
const suites = new Map([
  ["1.5", []],
  ["1.7", ["sid"]],
]);

/** The versions, oldest first. */
export const libbpfVersions = [...suites.keys()];

/** @throws RangeError for an unknown version. */
export function readVersion(version) {
  if (suites.has(version)) return version;
  throw new RangeError(
    `unknown version of libbpf '${version}' (known: ${libbpfVersions.join(", ")})`,
  );
}

/** Parses a list of versions, such as `1.5,1.7`. */
export const readVersions = (list) => [...new Set(list.split(",").map(readVersion))];

/**
 * Downloads and unpacks libbpf's headers and static library, once per folder.
 *
 * @param folder - the cache.
 * @param version - one of `libbpfVersions`.
 * @returns the version, and `usr`, the folder with `include` and `lib`.
 * @throws Error if Debian's package has another version.
 */
export async function fetchLibbpf(folder, version) {
  const more = suites.get(version);
  const unpacked =
    more.length === 0 ? unpack(folder, "libbpf-dev") : await unpackFrom(folder, version, more);
  const usr = join(unpacked, "usr");
  const found = versionOf(readFileSync(join(usr, "include/bpf/libbpf_version.h"), "utf8"));
  if (found === version) return { version, usr };
  rmSync(unpacked, { recursive: true, force: true });
  const where = more.length === 0 ? "this machine's apt" : `Debian ${more.join(", ")}`;
  throw new Error(
    `${where} has libbpf ${found} now, and not ${version}; to compare with ${found}, add it to tools/verify/oracle/lib/libbpf.mjs`,
  );
}

/** Compares versions number by number: 1.10 is newer than 1.7. */
export function compareVersions(a, b) {
  const [as, bs] = [a, b].map((one) => one.split(".").map(Number));
  const at = as.findIndex((number, i) => number !== bs[i]);
  return at < 0 ? 0 : as[at] - (bs[at] ?? 0);
}

/** The version in the text of `libbpf_version.h`. */
export function versionOf(header) {
  const number = (name) => new RegExp(`^#define LIBBPF_${name}_VERSION (\\d+)$`, "m").exec(header);
  return `${number("MAJOR")?.[1]}.${number("MINOR")?.[1]}`;
}

async function unpackFrom(folder, version, more) {
  const target = join(folder, "unpacked", `libbpf-dev-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(join(folder, "unpacked"), { recursive: true });
  const work = mkdtempSync(join(folder, `download-libbpf-${version}-`));
  try {
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    await withApt(work, { stable, more }, architecture, (apt) => {
      const { path, version: full, sha256 } = apt.download("libbpf-dev", work);
      console.log(`libbpf-dev ${full}\n  sha256 ${sha256}`);
      run("dpkg-deb", ["-x", path, "unpacked"], work);
    });
    renameSync(join(work, "unpacked"), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return target;
}
