// SPDX-License-Identifier: MIT
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { outputOf } from "./run.js";

/** Where systems install programs and their libraries. */
const system = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store"],
  ...["/etc/alternatives", "/etc/ld.so.cache"],
];
/** Whether that works, by PATH and program. */
const known = new Map<string, boolean>();

/**
 * Returns the start of a command line that runs a program in its own user, mount, PID and network
 * namespace. It sees the installed programs, read-only, and one folder, and starts in `cwd`. The command line is empty
 * on systems without bubblewrap or without unprivileged user namespaces.
 */
export function confinement(program: string, folder: string, cwd: string): readonly string[] {
  if (process.platform !== "linux") return [];
  const words = [
    ...["bwrap", "--unshare-all", "--die-with-parent", "--new-session"],
    ...[...system, ...homeOf(program)].flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--dev", "/dev", "--tmpfs", "/tmp", "--bind", folder, folder, "--chdir", cwd],
  ];
  const key = `${process.env.PATH}\0${program}`;
  if (!known.has(key)) {
    const [bwrap = "", ...args] = [...words, program, "--version"];
    known.set(key, outputOf(bwrap, args) !== undefined);
  }
  return known.get(key) === true ? words : [];
}

/** The folder with `bin` and `lib` of a program that is named by its path. */
function homeOf(program: string): readonly string[] {
  if (!program.includes("/")) return [];
  return [dirname(dirname(realpathSync(program)))];
}
