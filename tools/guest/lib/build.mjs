// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CannotError } from "./errors.mjs";
import { loadPackage } from "./package.mjs";
import { vmlinuxOf } from "./vmlinux.mjs";

/** The package with each guest's kernel, or a meta package that depends on the current one. */
const sources = {
  6.12: { meta: "linux-image-cloud-amd64", name: /^linux-image-6\.12\.\S+-cloud-amd64$/ },
  uml: { name: "user-mode-linux" },
};

/** Downloads and unpacks the package of a guest, and installs its kernel in the guests folder. */
export async function build(guest) {
  const { guestsFolder } = await loadPackage();
  const folder = join(guestsFolder(), guest);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "build-"));
  try {
    const name = packageName(sources[guest]);
    run("apt-get", ["download", "-q", name], work);
    const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new CannotError(`apt-get downloaded nothing for ${name}`);
    run("dpkg-deb", ["-x", archive, "unpacked"], work);
    const place = guest === "uml" ? placeUml : placeKernel;
    const made = place(join(work, "unpacked"), folder);
    console.log(`${name}: ${made}, ${statSync(made).size} bytes`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function packageName({ meta, name }) {
  if (meta === undefined) return name;
  const { stdout } = run("apt-cache", ["depends", meta], ".");
  const found = stdout.split(/\s+/).find((word) => name.test(word));
  if (found === undefined) {
    throw new CannotError(
      `${meta} is not a 6.12 kernel here: guests need the packages of Debian 13`,
    );
  }
  return found;
}

function placeUml(unpacked, folder) {
  const path = join(folder, "linux.uml");
  install(readFileSync(join(unpacked, "usr/bin/linux.uml")), path, 0o755);
  return path;
}

/** Installs the kernel uncompressed if possible, because the guest decompresses slowly. */
function placeKernel(unpacked, folder) {
  const boot = join(unpacked, "boot");
  const file = readdirSync(boot).find((entry) => entry.startsWith("vmlinuz-"));
  const packed = readFileSync(join(boot, file ?? ""));
  const kernel = vmlinuxOf(packed);
  const path = join(folder, kernel === undefined ? "vmlinuz" : "vmlinux");
  rmSync(join(folder, "vmlinux"), { force: true });
  install(kernel ?? packed, path, 0o644);
  placeModules(join(unpacked, "usr/lib/modules"), join(folder, "modules"));
  return path;
}

/** A module with kernel functions (kfunc) and its dependencies, in load order. */
const modules = ["udp_tunnel", "ip6_udp_tunnel", "ip_tunnel", "fou"];

/** Uncompresses kernel modules for tests of programs that call kernel functions in modules. */
function placeModules(from, folder) {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(from, { recursive: true, encoding: "utf8" });
  for (const name of modules) {
    const file = files.find((path) => path.endsWith(`/${name}.ko.xz`));
    if (file === undefined) throw new CannotError(`the package has no module ${name}`);
    run("xz", ["-dkf", join(from, file)], ".");
    install(
      readFileSync(join(from, file.slice(0, -".xz".length))),
      join(folder, `${name}.ko`),
      0o644,
    );
  }
}

/** Writes to a temporary name first: a guest may be starting from the old file. */
function install(bytes, path, mode) {
  writeFileSync(`${path}.fresh`, bytes, { mode });
  renameSync(`${path}.fresh`, path);
}

function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (done.error?.code === "ENOENT") {
    throw new CannotError(`${program} not found: the guests' kernels come from Debian packages`);
  }
  if (done.status !== 0) {
    throw new CannotError(`${program} ${args.join(" ")} failed: ${done.stderr.trim()}`);
  }
  return done;
}
