// SPDX-License-Identifier: MIT
// The kernel's source and its configuration, from archives of a distribution.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { BpfKernelError } from "./errors.mjs";

/** The parts of a kernel tree that the sources include. */
const parts = [
  "Makefile",
  "include",
  "kernel",
  "fs",
  "net",
  "lib",
  "mm",
  "security",
  "tools/lib/bpf",
];

function firstOf(paths, what, fix) {
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new BpfKernelError(`no ${what} was found. Fix: ${fix}`, 3);
  return found;
}

const fixFor = (release) => `npm run guest -- source ${release}`;

/** The archive of the source: the given one, or that of Debian. */
export function findArchive(release, { source, guests }) {
  if (source !== undefined) return firstOf([source], `file ${source}`, fixFor(release));
  const name = `linux-source-${release}.tar.xz`;
  const places = [join(guests, "sources", name), `/usr/src/${name}`];
  return firstOf(places, `source package of Linux ${release}`, fixFor(release));
}

/** The configuration of the distribution's kernel: the given one, or that of Debian. */
export function findConfig(release, { config, guests }) {
  if (config !== undefined) return firstOf([config], `file ${config}`, fixFor(release));
  const name = `linux-config-${release}`;
  const places = [
    join(guests, "sources", `${name}.xz`),
    `/usr/src/${name}/config.amd64_none_cloud-amd64.xz`,
  ];
  return firstOf(places, `configuration of Linux ${release}`, fixFor(release));
}

/** The text of a configuration, which may be compressed. */
export function readConfigText(path) {
  if (!path.endsWith(".xz")) return readFileSync(path, "utf8");
  const run = spawnSync("xz", ["-dc", path], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (run.status !== 0) throw new BpfKernelError(`${path}: xz cannot read it`);
  return run.stdout;
}

/** A symbolic link that leaves the tree would let a source read other files. */
function removeForeignLinks(folder, top = folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const info = lstatSync(path);
    if (info.isDirectory()) removeForeignLinks(path, top);
    else if (info.isSymbolicLink()) {
      const target = resolve(dirname(path), readlinkSync(path));
      if (relative(top, target).startsWith("..")) unlinkSync(path);
    } else if (!info.isFile()) unlinkSync(path);
  }
}

/**
 * Unpacks the parts of the source that a build needs.
 *
 * @param run - see `programRunner`.
 * @returns the version and the hash of the archive.
 */
export async function unpack(run, archive, folder, release) {
  const pattern = parts.map((part) => `*/${part}`);
  const args = ["-x", "--no-same-owner", "--strip-components=1", "--no-wildcards-match-slash"];
  await run(
    "tar",
    [...args, "--anchored", "--wildcards", "-C", "linux", "-f", "source", ...pattern],
    archive,
  );
  const tree = join(folder, "linux");
  removeForeignLinks(tree);
  if (!existsSync(join(tree, "Makefile")) || !statSync(join(tree, "Makefile")).isFile())
    throw new BpfKernelError(`${archive} is no kernel source: it has no Makefile`);
  const version = versionOf(readFileSync(join(tree, "Makefile"), "utf8"));
  const found = version.slice(0, 2).join(".");
  if (found !== release)
    throw new BpfKernelError(`${archive} is Linux ${found}, but the release is ${release}`);
  return { version, sha256: sha256(readFileSync(join(folder, "source"))) };
}

function versionOf(makefile) {
  return ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map((name) => {
    return Number(new RegExp(`^${name} = (\\d+)$`, "m").exec(makefile)?.[1] ?? 0);
  });
}

export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
