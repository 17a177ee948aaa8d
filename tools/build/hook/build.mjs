#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run build:hook -- [--quiet] [x64] [arm64]

Compiles bpf-token-hook, the OCI hook of packages/kernel-native, into packages/kernel-native/prebuilds/.
Without an architecture it is built for this machine, and for the other architecture if a compiler for
it is installed. CC names the compiler for this machine. Needs the header jsmn.h (libjsmn-dev).

Options:
  --quiet     print nothing unless it fails

Exit codes: 0 built; 1 it does not compile; 2 usage; 3 this machine cannot build it.`;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const package_ = `${root}packages/kernel-native`;
const native = `${package_}/native`;
const source = `${native}/hook`;

/**
 * Compilers by target, native ones first. The hook needs no libraries, so a bare compiler is
 * enough.
 */
const compilers = {
  x64: [["cc"], ["gcc"], ["clang"], ["x86_64-linux-gnu-gcc"]],
  arm64: [["cc"], ["gcc"], ["clang"], ["aarch64-linux-gnu-gcc"]],
};

const { quiet, asked } = readOptions(
  HELP,
  { options: { quiet: flag }, allowPositionals: true },
  ({ values, positionals }) => {
    const unknown = positionals.find((word) => !Object.hasOwn(compilers, word));
    if (unknown !== undefined) throw new RangeError(`'${unknown}' is not x64 or arm64`);
    return { ...values, asked: positionals };
  },
);
if (process.platform !== "linux") leave(3, `the hook is for Linux; this is ${process.platform}`);
const wanted = asked.length > 0 ? asked : Object.keys(compilers);
let built = 0;
for (const arch of wanted) {
  const compiler = findCompiler(arch);
  if (compiler !== undefined) {
    build(arch, compiler);
    built++;
  } else if (asked.length > 0 || arch === process.arch) {
    leave(3, `no C compiler for ${arch}: install gcc (gcc-aarch64-linux-gnu for arm64)`);
  }
}
process.exitCode = built > 0 ? 0 : 3;

/** The first compiler that reports the target machine with `-dumpmachine`. */
function findCompiler(arch) {
  const named = process.env.CC && arch === process.arch ? [process.env.CC.split(" ")] : [];
  const triple = arch === "x64" ? /^x86_64/ : /^aarch64/;
  return [...named, ...compilers[arch]].find(([program, ...rest]) => {
    const { stdout } = spawnSync(program, [...rest, "-dumpmachine"], { encoding: "utf8" });
    return triple.test(stdout ?? "");
  });
}

function build(arch, [program, ...rest]) {
  const folder = `${package_}/prebuilds/linux-${arch}`;
  const out = `${folder}/bpf-token-hook`;
  // Compile to a temporary name first: an engine may run the old file.
  const fresh = `${out}.${process.pid}`;
  const flags = [
    ...["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-nostdlib"],
    ...["-ffreestanding", "-fno-pie", "-fno-stack-protector", "-ffunction-sections"],
    ...["-I", native, "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,-z,noexecstack", "-s"],
    // Else gcc would turn the loop of memcpy() into a call of memcpy().
    ...(/gcc|cc$/.test(program) ? ["-fno-tree-loop-distribute-patterns"] : []),
  ];
  const sources = readdirSync(source)
    .filter((name) => name.endsWith(".c"))
    .sort();
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync(program, [...rest, ...flags, "-o", fresh, ...sources], {
    cwd: source,
    stdio: "inherit",
  });
  if (status !== 0) {
    rmSync(fresh, { force: true });
    leave(1, `${program} did not compile the hook for ${arch}`);
  }
  renameSync(fresh, out);
  if (!quiet) {
    console.log(`built ${relative(root, out)}, ${statSync(out).size} bytes, with ${program}`);
  }
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}
