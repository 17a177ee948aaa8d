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
import { CannotError } from "../../../guest/lib/errors.mjs";
import { boot } from "../../managers/lib/boot.mjs";
import { notFinished, RUN_SECONDS } from "./limit.mjs";

const folders = ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr/bin", "usr/sbin"];
/** As a unique start of a line it separates the runs in the text of the console. */
const MARK = "@@bpf-token";

/** How much longer than the limit of a run a guest may print nothing: it boots, or gets no CPU time. */
const MORE_MINUTES = 20;

/**
 * Boots a guest as root in the initial namespaces, and runs commands there, one after the other.
 *
 * @param kernel - the image of the guest's kernel.
 * @param files - programs and files: a path here, or `[here, there]`. Libraries of programs follow.
 * @param runs - each has a `name` for errors, and a `line` for a shell.
 * @param seconds - the limit of each run.
 * @param lsm - the security modules of the kernel.
 * @returns `{ status, stdout, stderr }` of each run.
 * @throws CannotError if a run did not finish.
 */
export async function runInGuest(options) {
  const { kernel, files, runs, seconds = RUN_SECONDS, memory = "1G", verbose = false } = options;
  const { lsm = "lockdown,bpf" } = options;
  const work = mkdtempSync(join(tmpdir(), "bpf-token-guest-"));
  const place = join(work, "root");
  try {
    for (const folder of folders) mkdirSync(join(place, folder), { recursive: true });
    for (const [here, there] of files.map((file) => [file].flat()))
      addFile(place, here, there ?? here);
    addFile(place, onlyPath("busybox"), "/bin/busybox");
    symlinkSync("busybox", join(place, "bin/sh"));
    writeFileSync(join(place, "init"), script(runs, seconds));
    chmodSync(join(place, "init"), 0o755);
    // The watchdog reports a guest that gets no CPU time, in the middle of the output of a run.
    const append = `lsm=${lsm} panic=-1 nowatchdog`;
    const silentMinutes = seconds / 60 + MORE_MINUTES;
    const text = await boot({
      place,
      kernel,
      memory,
      work,
      verbose,
      options: append,
      silentMinutes,
    });
    return readRuns(text, runs, seconds);
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

/** Quotes a word for a shell. */
export const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;

function script(runs, seconds) {
  const lines = runs.map(({ line }, i) => {
    const run = `sh -c ${quote(line)} >/tmp/output 2>/tmp/errors </dev/null`;
    const inner = `${run}; echo $? >/tmp/status`;
    return `rm -f /tmp/status; timeout -s KILL ${seconds} sh -c ${quote(inner)}
if [ ! -s /tmp/status ]; then echo; echo "${MARK} late ${i}"; poweroff -f; fi
echo; echo "${MARK} ${i} $(cat /tmp/status)"; cat /tmp/output
echo; echo "${MARK} errors"; cat /tmp/errors; echo; echo "${MARK} end"`;
  });
  return `#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp; mount -t bpf bpf /sys/fs/bpf; ifconfig lo up
dmesg -n 1
${lines.join("\n")}
poweroff -f
`;
}

/**
 * Reads the runs in the text of a guest's console.
 *
 * @throws CannotError for the first run that has no result.
 */
export function readRuns(text, runs, seconds) {
  const pattern = new RegExp(
    `^${MARK} (\\d+) (\\d+)\n(.*?)\n${MARK} errors\n(.*?)\n${MARK} end$`,
    "gms",
  );
  const found = new Map();
  for (const [, i, status, stdout, stderr] of text.matchAll(pattern))
    found.set(Number(i), { status: Number(status), stdout, stderr });
  const [, late] = new RegExp(`^${MARK} late (\\d+)$`, "m").exec(text) ?? [];
  return runs.map(({ name }, i) => {
    const result = found.get(i);
    if (result !== undefined) return result;
    if (Number(late) === i) throw notFinished(`${name}, in the guest`, seconds);
    throw new CannotError(`${name}: the guest ended before this run did, so there is no result`);
  });
}
