#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run build:executor [-- --quiet]

Compiles the executor of packages/kernel-native, the program that issues system calls on the running
kernel, into packages/kernel-native/prebuilds/. CC names the compiler; without it the first of cc, gcc
and clang that is installed is used.

Options:
  --quiet     print nothing unless it fails

Exit codes: 0 built; 1 it does not compile; 2 usage; 3 this machine cannot build it.`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const native = `${root}packages/kernel-native/native`;
const source = `${native}/executor`;
const flags = [
  ...["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"],
  // Position-independent, so that the program is not at 0x400000: a number that a test passes as a
  // bad pointer must not point into the program.
  ...["-static-pie", "-fPIE"],
  ...["-I", native, "-ffunction-sections", "-Wl,--gc-sections", "-s"],
];

const { quiet } = readOptions(HELP, { options: { quiet: flag } });
if (process.platform !== "linux" || process.arch !== "x64") {
  leave(
    3,
    `the executor is built for Linux on x64; this is ${process.platform} on ${process.arch}`,
  );
}
const cc = findCompiler();
if (cc === undefined) {
  leave(3, "no C compiler found: install gcc or clang, or name one with CC=…");
}
build(cc);

/** A compiler with its own arguments, as in `CC="zig cc"`. */
function findCompiler() {
  const named = process.env.CC ? [process.env.CC.split(" ")] : [["cc"], ["gcc"], ["clang"]];
  return named.find(([program, ...rest]) => {
    const { status } = spawnSync(program, [...rest, "--version"], { stdio: "ignore" });
    return status === 0;
  });
}

function build([program, ...rest]) {
  const folder = `${root}packages/kernel-native/prebuilds/linux-x64`;
  const out = `${folder}/bpf-exec`;
  // Compile to a temporary name first: an executor may be running from the old file.
  const fresh = `${out}.${process.pid}`;
  const own = readdirSync(source).filter((name) => name.endsWith(".c"));
  const sources = [...own, `${native}/frame.c`, `${native}/token_room.c`];
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync(program, [...rest, ...flags, "-o", fresh, ...sources], {
    cwd: source,
    stdio: "inherit",
  });
  if (error !== undefined || status !== 0) {
    rmSync(fresh, { force: true });
    leave(1, `${program} did not compile the executor`);
  }
  // Tasks execute it again under any user.
  chmodSync(fresh, 0o755);
  renameSync(fresh, out);
  if (!quiet) {
    console.log(`built ${relative(root, out)}, ${statSync(out).size} bytes, with ${program}`);
  }
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}
