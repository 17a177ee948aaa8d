// SPDX-License-Identifier: MIT
// Packages of Debian's suites, unpacked and not installed. Go and Rust libraries contain their sources.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withApt } from "../../../guest/lib/apt.mjs";

/** What a mirror calls stable, and what is newer. apt takes the newest version of all suites that it reads. */
const STABLE = "trixie";
const suites = [STABLE, `${STABLE}-backports`, "sid"];

/**
 * Downloads the packages once per machine.
 *
 * @param packages - as `packages.json` has them.
 * @returns `versions`: each package with its version and folder; `problems`: what is missing, and why.
 */
export async function fetchPackages(
  packages,
  cache = join(homedir(), ".cache/bpf-token/messages"),
) {
  const problems = [];
  for (const suite of suites) {
    if (existsSync(join(cache, suite, "complete"))) continue;
    const apt = { stable: STABLE, more: suite === STABLE ? [] : [suite] };
    try {
      await withApt(join(cache, "apt"), apt, "amd64", (found) => {
        problems.push(...fetchSuite(found, packages, join(cache, suite)));
      });
    } catch (error) {
      problems.push(`${suite}: ${error.message}`);
    }
  }
  const versions = packages.flatMap((one) => listVersions(one, cache));
  const missing = packages.filter((one) => !versions.some(({ name }) => name === one.name));
  return {
    versions,
    problems: [...problems, ...missing.map(({ name }) => `${name}: in no suite`)],
  };
}

/** The versions of a package that were kept, each once. */
function listVersions(one, cache) {
  const folders = suites
    .map((suite) => join(cache, suite, one.name))
    .filter((path) => existsSync(path));
  const found = folders.flatMap((path) =>
    readdirSync(path).map((version) => [version, join(path, version)]),
  );
  return [...new Map(found)].map(([version, folder]) => ({ ...one, version, folder }));
}

/** @returns the packages that could not be downloaded, each with the reason. */
function fetchSuite(apt, packages, target) {
  mkdirSync(target, { recursive: true });
  const available = new Set(apt.names());
  const wanted = packages.filter(
    ({ name }) => available.has(name) && !existsSync(join(target, name)),
  );
  const problems = wanted.flatMap((one) => keepFiles(apt, one, target));
  if (problems.length === 0) writeFileSync(join(target, "complete"), "");
  return problems;
}

/** Keeps the files of a package that can contain messages. @returns why this failed, if it did. */
function keepFiles(apt, { name, files }, target) {
  const work = mkdtempSync(join(target, "download-"));
  try {
    const { path, version } = apt.download(name, work);
    const unpacked = join(work, "unpacked");
    const { status, stderr } = spawnSync("dpkg-deb", ["-x", path, unpacked], { encoding: "utf8" });
    if (status !== 0) throw new Error(`dpkg-deb: ${stderr}`);
    for (const file of readdirSync(unpacked, { recursive: true })) {
      if (!new RegExp(files).test(file)) continue;
      const kept = join(target, name, version, file);
      mkdirSync(dirname(kept), { recursive: true });
      cpSync(join(unpacked, file), kept, { dereference: true, recursive: true });
    }
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
