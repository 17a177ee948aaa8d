// SPDX-License-Identifier: MIT
// The root file system of a guest for arm64 with Node and the packages of this repository.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

/** Of Debian's packages, what programs need to run. */
const ofDebian = ["usr/bin", "usr/sbin", "usr/lib", "usr/share/nodejs"];
const unused = /\/(gconv|engines-3|ossl-modules)$|\/corepack$/;

const FOLDER = 0o040755;
const LINK = 0o120777;
const FILE = 0o100755;

/**
 * The files of the guest.
 *
 * @param debian - a folder with Debian's unpacked packages: Node and busybox.
 * @param init - the first process, a shell script.
 * @param more - further files by their names.
 * @returns entries of an archive. The command-line tool is /bpf-token/packages/bpf-token/bin/bpf-token.js.
 */
export function filesOfGuest(debian, init, more) {
  const folders = ["dev", "proc", "sys", "tmp", "home", "etc", "usr", "usr/share"];
  return [
    ...folders.map((name) => ({ name, mode: FOLDER })),
    { name: "dev/console", mode: 0o020600, device: [5, 1] },
    ...["bin", "sbin", "lib"].map((name) => link(name, `usr/${name}`)),
    ...ofDebian.flatMap((folder) => treeOf(join(debian, folder), folder)),
    link("usr/bin/sh", "busybox"),
    ...packages(),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n"),
    file("init", init),
    ...Object.entries(more).map(([name, data]) => file(name, data)),
  ];
}

/** The built packages, and the links by which they find each other. */
function packages() {
  const scope = "bpf-token/node_modules/@bpf-token";
  const names = readdirSync(join(repository, "packages")).filter(isBuilt);
  return [
    ...["bpf-token", "bpf-token/packages"].map((name) => ({ name, mode: FOLDER })),
    ...["bpf-token/node_modules", scope].map((name) => ({ name, mode: FOLDER })),
    ...names.flatMap((name) => {
      const to = `bpf-token/packages/${name}`;
      const from = join(repository, "packages", name);
      const parts = ["bin", "dist", "prebuilds"].filter((part) => exists(join(from, part)));
      return [
        { name: to, mode: FOLDER },
        file(`${to}/package.json`, readFileSync(join(from, "package.json"))),
        ...parts.flatMap((part) => treeOf(join(from, part), `${to}/${part}`)),
        link(`${scope}/${name}`, `../../packages/${name}`),
      ];
    }),
  ];
}

const isBuilt = (name) => exists(join(repository, "packages", name, "dist"));

/** A folder and all in it but source maps, types and what other machines run. */
function treeOf(from, to) {
  const inside = readdirSync(from, { withFileTypes: true }).flatMap((entry) => {
    const [source, name] = [join(from, entry.name), `${to}/${entry.name}`];
    if (unused.test(source) || /\.(map|d\.ts|tsbuildinfo)$|linux-x64$/.test(source)) return [];
    if (entry.isDirectory()) return treeOf(source, name);
    return [
      entry.isSymbolicLink() ? link(name, readlinkSync(source)) : file(name, readFileSync(source)),
    ];
  });
  return [{ name: to, mode: FOLDER }, ...inside];
}

const file = (name, data) => ({ name, mode: FILE, data: Buffer.from(data) });
const link = (name, target) => ({ name, mode: LINK, data: Buffer.from(target) });
const exists = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
