// SPDX-License-Identifier: MIT
// Runs libbpf in a guest: boots the kernel of guest:6.12 with a libbpf program as its first
// process.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packCpio } from "../../../packages/kernel-native/dist/index.js";
import { run } from "./run.mjs";

const DIRECTORY = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;
const CONSOLE = 0o020600;

/** Where the first process looks for objects; see verdict.c. */
const OBJECTS = "objects";

/**
 * Runs a libbpf program as the first process of a virtual machine; returns its output about
 * objects.
 *
 * @param kernel - the kernel's file.
 * @param program - mounts the filesystems that it needs, and shuts the machine down.
 * @param files - the objects; the output uses the same names.
 * @returns the lines of JSON.
 */
export function runInGuest(kernel, program, files) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-oracle-guest-"));
  try {
    const initrd = join(folder, "initramfs.cpio");
    writeFileSync(initrd, packCpio([...parts(program), ...files.flatMap(asObject)]));
    const words = "quiet loglevel=0 rdinit=/init panic=-1 console=ttyS0";
    const machine = ["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "1G", "-no-reboot"];
    const serial = ["-nodefaults", "-display", "none", "-serial", "stdio"];
    const boot = ["-kernel", kernel, "-initrd", initrd, "-append", words];
    const printed = run("qemu-system-x86_64", [...machine, ...serial, ...boot], folder);
    const names = new Map(files.map((file, i) => [objectPath(file, i), file]));
    return printed
      .split(/\r?\n/)
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line))
      .map((line) => ({ ...line, file: names.get(line.file) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program, its shared libraries, and the directories that the kernel needs. */
function parts(program) {
  const libraries = [...run("ldd", [program]).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(
    ([, path]) => path,
  );
  const folders = new Set(["dev", "sys", "proc", OBJECTS].concat(libraries.flatMap(parents)));
  return [
    ...[...folders].map((name) => ({ name, mode: DIRECTORY })),
    { name: "dev/console", mode: CONSOLE, device: [5, 1] },
    { name: "init", mode: PROGRAM, data: readFileSync(program) },
    ...libraries.map((path) => ({ name: path.slice(1), mode: PROGRAM, data: readFileSync(path) })),
  ];
}

/** `/lib/x86_64-linux-gnu/libc.so.6`: `lib`, `lib/x86_64-linux-gnu`. */
function parents(path) {
  const names = path.split("/").slice(1, -1);
  return names.map((_, i) => names.slice(0, i + 1).join("/"));
}

/** Numbered, so that the first process reads the objects in order. */
function objectPath(file, i) {
  return `/${OBJECTS}/${String(i).padStart(4, "0")}/${basename(file)}`;
}

function asObject(file, i) {
  const name = objectPath(file, i).slice(1);
  // A folder of its own for each object, because the file's name becomes a part of map names.
  return [
    { name: name.slice(0, name.lastIndexOf("/")), mode: DIRECTORY },
    { name, mode: FILE, data: readFileSync(file) },
  ];
}
