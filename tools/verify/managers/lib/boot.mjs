// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CannotError } from "../../../guest/lib/errors.mjs";
import { run } from "../../../guest/lib/run.mjs";

/** An emulated guest on a shared machine needs minutes; this ends one that hangs. */
const MOST_MINUTES = 40;

/**
 * Boots a root file system as an initramfs, and waits until the guest powers off.
 *
 * @param memory - of the guest, such as `3G`.
 * @param options - of the kernel.
 * @param [silentMinutes] - ends a guest that prints nothing for this long; without, one that runs for
 *   {@link MOST_MINUTES}.
 * @returns the text of its console.
 * @throws CannotError if a limit ended the guest.
 */
export async function boot({
  place,
  kernel,
  memory,
  work,
  verbose,
  options = "systemd.show_status=0 panic=-1",
  silentMinutes,
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
  let late = false;
  const limit = setTimeout(
    () => {
      late = true;
      child.kill("SIGKILL");
    },
    (silentMinutes ?? MOST_MINUTES) * 60_000,
  );
  child.stdout.setEncoding("latin1");
  child.stdout.on("data", (text) => {
    output += text;
    if (silentMinutes !== undefined) limit.refresh();
    if (verbose) process.stdout.write(printable(text));
  });
  const code = await new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new CannotError(`qemu-system-x86_64: ${error.message}`)));
    child.on("close", resolve);
  }).finally(() => clearTimeout(limit));
  if (late) throw new CannotError(lateness(silentMinutes, printable(output)));
  if (code !== 0) console.log(`qemu ended with ${code ?? "a signal"}`);
  return printable(output);
}

function lateness(silentMinutes, output) {
  const what =
    silentMinutes === undefined
      ? `did not power off in ${MOST_MINUTES} minutes`
      : `printed nothing for ${silentMinutes} minutes`;
  return `the guest ${what}, so there is no result. Its last line: ${output.trimEnd().split("\n").at(-1)}`;
}

/** A console has escape sequences, which must not reach the terminal of the caller. */
function printable(text) {
  return stripVTControlCharacters(text).replaceAll(/[^\n -~]/g, "");
}
