// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { isAbsolute } from "node:path";
import { machines } from "./programs.mjs";

/**
 * Finds a compiler for an architecture: CC for this machine, or the first one whose `-dumpmachine`
 * prints the architecture. A static program also needs the C library as an archive.
 *
 * @param arch - as Node names it.
 * @param link - `static` or `addon`.
 * @returns the program with its own arguments, as in `CC="zig cc"`; undefined if there is none.
 */
export function findCompiler(arch, link) {
  const { compilers, triple } = machines[arch];
  const own = arch === process.arch;
  const named = own && process.env.CC ? [process.env.CC] : compilers;
  return named
    .map((text) => text.split(" "))
    .find((command) => {
      if (!triple.test(ask(command, "-dumpmachine"))) return false;
      return own || link !== "static" || isAbsolute(ask(command, "-print-file-name=libc.a").trim());
    });
}

/** Whether a compiler is gcc, or another that accepts its options. */
export function isGnu(command) {
  return !/clang/i.test(ask(command, "--version"));
}

/** Whether a compiler finds a header. */
export function hasHeader([program, ...rest], name) {
  const args = [...rest, "-E", "-x", "c", "-", "-o", "/dev/null"];
  return spawnSync(program, args, { input: `#include <${name}>\n` }).status === 0;
}

function ask([program, ...rest], option) {
  return spawnSync(program, [...rest, option], { encoding: "utf8" }).stdout ?? "";
}
