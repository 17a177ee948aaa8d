// SPDX-License-Identifier: MIT
// Folders in place of a kernel tree: links, FIFOs, sockets, devices, endless and huge files.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { base } from "./base.mjs";
import { mangleBytes, pick } from "./mangle.mjs";

/** Replaces a file by something else. */
const replacements = [
  (file, { bait }) => symlinkSync(bait.token, file),
  (file) => symlinkSync(file, file),
  (file) => symlinkSync("../../../../../../../../etc/passwd", file),
  (file) => symlinkSync("/proc/self/environ", file),
  (file) => symlinkSync("/dev/zero", file),
  (file) => spawnSync("mkfifo", [file]),
  (file) => mkdirSync(file),
  (file) => {
    writeFileSync(file, "");
    truncateSync(file, 2 ** 40);
  },
  (file) => {
    writeFileSync(file, "");
    truncateSync(file, 31 << 20);
  },
  (file) => writeFileSync(file, ""),
  (file) => {
    writeFileSync(file, "x");
    chmodSync(file, 0);
  },
  () => {},
];

/** Writes a folder of which some files or parents are no files or folders. */
export function folder(random, context) {
  const top = join(context.folder, pick(random, ["linux-6.12", "a@b", "-x", "a\u001b[2J"]));
  const odd = [];
  for (const [path, text] of Object.entries(base)) {
    const file = join(top, path);
    mkdirSync(dirname(file), { recursive: true });
    const how = random(2 * replacements.length);
    if (how < replacements.length) {
      replacements[how](file, context);
      odd.push(`${path} by replacement ${how}`);
    } else writeFileSync(file, random(3) === 0 ? mangleBytes(random, Buffer.from(text)) : text);
  }
  if (random(6) === 0) {
    const parent = join(top, pick(random, ["kernel", "kernel/bpf"]));
    rmSync(parent, { recursive: true, force: true });
    symlinkSync(pick(random, [context.bait.kernel, ".", "..", "/", "/proc/self/fd"]), parent);
    odd.push(`${parent} is a link`);
  }
  const namesFile = random(3) === 0;
  const place = namesFile ? join(top, pick(random, Object.keys(base))) : top;
  return { place, what: odd.join(", "), namesFile };
}
