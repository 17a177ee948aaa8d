// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CannotError } from "../../../guest/lib/errors.mjs";
import { run } from "../../../guest/lib/run.mjs";

/** An emulated guest on a shared machine needs minutes; this ends one that hangs. */
const MOST_MS = 20 * 60_000;

/**
 * Boots a root file system as an initramfs, and waits until the guest powers off.
 *
 * @param memory - of the guest, such as `3G`.
 * @param options - of the kernel.
 * @returns the text of its console.
 */
export async function boot({
  place,
  kernel,
  memory,
  work,
  verbose,
  options = "systemd.show_status=0 panic=-1",
}) {
  const initramfs = join(work, "root.cpio.gz");
  const pack = 'find . -print0 | cpio --null -o -H newc --quiet | gzip -1 > "$0"';
  run("bash", ["-o", "pipefail", "-c", pack, initramfs], place);
  console.log(`root file system: ${statSync(initramfs).size} bytes, compressed`);
  const append = `console=ttyS0 quiet ${options}`;
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", memory],
      ...["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"],
      ...["-kernel", kernel, "-initrd", initramfs, "-append", append],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", (text) => {
    output += text;
    if (verbose) process.stdout.write(printable(text));
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), MOST_MS);
  const code = await new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new CannotError(`qemu-system-x86_64: ${error.message}`)));
    child.on("close", resolve);
  });
  clearTimeout(timer);
  if (code !== 0) console.log(`qemu ended with ${code ?? "the time limit"}`);
  return printable(output);
}

/** A console has escape sequences, which must not reach the terminal of the caller. */
function printable(text) {
  return stripVTControlCharacters(text).replaceAll(/[^\n -~]/g, "");
}
