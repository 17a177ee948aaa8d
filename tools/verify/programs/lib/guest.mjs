// SPDX-License-Identifier: MIT
// Runs commands in a guest that boots from an initramfs with only the files that they need.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { boot } from "../../managers/lib/boot.mjs";

const folders = ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr/bin", "usr/sbin"];
/** As a unique start of a line it separates the runs in the text of the console. */
const MARK = "@@bpf-token";

/**
 * Boots a guest as root in the initial namespaces, and runs commands there, one after the other.
 *
 * @param kernel - the image of the guest's kernel.
 * @param files - programs and files: a path here, or `[here, there]`. Libraries of programs follow.
 * @param commands - lines for a shell.
 * @returns `{ status, stdout, stderr }` of each command; undefined for those that did not end.
 */
export async function runInGuest({ kernel, files, commands, memory = "1G", verbose = false }) {
  const work = mkdtempSync(join(tmpdir(), "bpf-token-guest-"));
  const place = join(work, "root");
  try {
    for (const folder of folders) mkdirSync(join(place, folder), { recursive: true });
    for (const [here, there] of files.map((file) => [file].flat()))
      addFile(place, here, there ?? here);
    addFile(place, onlyPath("busybox"), "/bin/busybox");
    symlinkSync("busybox", join(place, "bin/sh"));
    writeFileSync(join(place, "init"), script(commands));
    chmodSync(join(place, "init"), 0o755);
    const options = "lsm=lockdown,bpf panic=-1";
    return parse(await boot({ place, kernel, memory, work, verbose, options }), commands.length);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Adds a file, and the libraries that it is linked with. */
function addFile(place, here, there) {
  copy(here, join(place, there));
  const { status, stdout } = spawnSync("ldd", [here], { encoding: "utf8" });
  if (status !== 0) return;
  for (const path of stdout.match(/\/\S+/g) ?? [])
    if (existsSync(path)) copy(path, join(place, path));
}

function copy(from, to) {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
}

function onlyPath(name) {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`no ${name} is installed. Fix: apt install ${name}-static`);
  return stdout.trim();
}

function script(commands) {
  const runs = commands.map((command, i) => {
    return `(${command}) >/tmp/output 2>/tmp/errors </dev/null; status=$?
echo; echo "${MARK} ${i} $status"; cat /tmp/output
echo; echo "${MARK} errors"; cat /tmp/errors; echo; echo "${MARK} end"`;
  });
  return `#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp; mount -t bpf bpf /sys/fs/bpf; ifconfig lo up
dmesg -n 1
${runs.join("\n")}
poweroff -f
`;
}

function parse(text, count) {
  const results = Array.from({ length: count }, () => undefined);
  const pattern = new RegExp(
    `^${MARK} (\\d+) (\\d+)\n(.*?)\n${MARK} errors\n(.*?)\n${MARK} end$`,
    "gms",
  );
  for (const [, i, status, stdout, stderr] of text.matchAll(pattern))
    results[Number(i)] = { status: Number(status), stdout, stderr };
  return results;
}
