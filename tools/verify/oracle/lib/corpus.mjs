// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { carve } from "./carve.mjs";
import { run } from "./run.mjs";

/** Packages of Debian 13 that contain BPF objects, or programs with embedded ones. */
const carriers = [
  ...["libbpf-tools", "bpftop", "libbpftune0", "libknot15", "libsystemd-shared", "systemd"],
  ...["libxdp1", "xdp-tools", "xdp-tests", "mimic", "opensnitch-ebpf-modules", "pcp", "pwru"],
  ...["suricata", "ir-keytable", "golang-github-cilium-ebpf-dev"],
];

/**
 * The objects of Debian's packages, as files. Downloads are cached.
 *
 * @param folder - the cache.
 */
export function debianObjects(folder) {
  const objects = join(folder, "objects");
  if (!existsSync(objects)) {
    const unpacked = carriers.map((name) => unpack(folder, name));
    const half = `${objects}.new`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half);
    for (const from of unpacked) place(from, half);
    renameSync(half, objects);
  }
  return readdirSync(objects).map((name) => join(objects, name));
}

/** Downloads and unpacks a Debian package without installing it. */
export function unpack(folder, name) {
  const target = join(folder, "unpacked", name);
  if (existsSync(target)) return target;
  const work = join(folder, `download-${name}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "unpacked"), { recursive: true });
  run("apt-get", ["download", "-q", name], work);
  const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
  if (archive === undefined) throw new Error(`apt-get downloaded nothing for ${name}`);
  run("dpkg-deb", ["-x", archive, "unpacked"], work);
  mkdirSync(join(folder, "unpacked"), { recursive: true });
  renameSync(join(work, "unpacked"), target);
  rmSync(work, { recursive: true });
  return target;
}

function place(unpacked, objects) {
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    for (const object of carve(readFileSync(join(file.parentPath, file.name)))) {
      // Several files contain the same object. The file's name becomes a part of map names.
      const hash = createHash("sha256").update(object).digest("hex").slice(0, 8);
      const name = basename(file.name).replace(/\..*$/, "");
      writeFileSync(join(objects, `${name}.${basename(unpacked)}.${hash}.o`), object);
    }
  }
}
