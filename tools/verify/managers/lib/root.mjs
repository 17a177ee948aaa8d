// SPDX-License-Identifier: MIT
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { readSources } from "../../../guest/lib/apt.mjs";
import { privateSources } from "../../../guest/lib/apt-config.mjs";
import { run } from "../../../guest/lib/run.mjs";
import { root } from "../../../lib/run.mjs";

/** Folders of packages that no test reads; without them the guest needs less memory. */
const unread = ["/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/man/*"];

/**
 * Creates a root file system of Debian's packages, and adds Node and the built packages of this
 * repository. The archive of the packages stays in the cache.
 *
 * @param name - of the archive.
 * @param place - an absent folder.
 */
export async function createRoot({ name, packages, cache, place }) {
  const archive = join(cache, `${name}.tar`);
  if (!existsSync(archive)) makeArchive(archive, packages, "minbase");
  mkdirSync(place);
  run("tar", ["-xf", archive], place);
  addProgram(place);
  // The guest's root is its initramfs, whose first program is /init.
  symlinkSync("sbin/init", join(place, "init"));
  writeFileSync(join(place, "etc/machine-id"), "");
}

/** Makes an archive of packages from the mirrors of this machine, with signatures checked. */
export function makeArchive(archive, packages, variant) {
  const sources = privateSources(readSources("/etc/apt"), { stable: "trixie", more: ["sid"] });
  const list = `${archive}.sources`;
  writeFileSync(list, sources.replaceAll(/^Suites: .*\bsid\b.*$/gm, "Suites: sid"));
  // A mirror of unstable that lags has an index past its date.
  const options = ["--mode=root", `--variant=${variant}`, "--quiet"];
  const apt = ['Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"'];
  const words = [
    ...options,
    ...apt.map((option) => `--aptopt=${option}`),
    ...unread.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...[`--include=${packages.join()}`, "sid", `${archive}.fresh.tar`, list],
  ];
  run("mmdebstrap", words, dirname(archive));
  renameSync(`${archive}.fresh.tar`, archive);
  rmSync(list);
}

/** Node and the packages, at the paths that `bin/bpf-token.js` expects. */
function addProgram(place) {
  cpSync(process.execPath, join(place, "usr/bin/node"), { dereference: true });
  const { stdout } = run("ldd", [process.execPath], "/");
  const libraries = join(place, "usr/lib/x86_64-linux-gnu");
  for (const path of stdout.match(/\/\S+/g) ?? []) {
    const to = join(libraries, basename(path));
    if (!existsSync(to) && !path.includes("ld-linux")) cpSync(path, to, { dereference: true });
  }
  const top = join(place, "opt/bpf-token");
  mkdirSync(join(top, "node_modules/@bpf-token"), { recursive: true });
  for (const name of readdirSync(join(root, "packages"))) {
    for (const part of ["package.json", "dist", "bin"]) {
      const from = join(root, "packages", name, part);
      const to = join(top, "packages", name, part);
      if (existsSync(from)) cpSync(from, to, { recursive: true, dereference: true });
    }
    symlinkSync(`../../packages/${name}`, join(top, "node_modules/@bpf-token", name));
  }
}

/** Runs a script on the console of the guest once it is up; the guest ends with the script. */
export function addScript(place, script) {
  writeFileSync(join(place, "root/inside.sh"), `cd /root\n${script}\nsystemctl poweroff -ff\n`);
  const unit = `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /root/inside.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
`;
  addUnit(place, "inside.service", unit);
  const wants = join(place, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  symlinkSync("../inside.service", join(wants, "inside.service"));
}

/** Writes a unit of systemd. */
export function addUnit(place, name, text) {
  writeFileSync(join(place, "etc/systemd/system", name), text);
}

/** The command line of `bpf-token` in the guest. */
export const program = "node /opt/bpf-token/packages/bpf-token/bin/bpf-token.js";
