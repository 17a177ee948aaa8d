#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run build:recorder -- [--quiet] [x64] [arm64]

Compiles bpf-token-record and bpf-token-collect of packages/kernel-native into
packages/kernel-native/prebuilds/: small static programs without a C library. Without an argument
they are built for this machine.

Options:
  --quiet     print nothing unless it fails

Exit codes: 0 built; 1 they do not compile; 2 usage; 3 this machine cannot build them.`;

const compilers = {
  x64: [["cc"], ["gcc"], ["clang"], ["x86_64-linux-gnu-gcc"]],
  arm64: [["cc"], ["gcc"], ["clang"], ["aarch64-linux-gnu-gcc"]],
};
const programs = {
  "bpf-token-collect": ["collector"],
  "bpf-token-record": ["recorder", "collector"],
};
const flags = [
  ...["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"],
  ...["-ffreestanding", "-nostdlib", "-static", "-no-pie", "-fno-pie"],
  ...["-fno-stack-protector", "-fno-tree-loop-distribute-patterns"],
  ...["-fno-asynchronous-unwind-tables", "-ffunction-sections", "-Wl,--gc-sections", "-s"],
];

const root = fileURLToPath(new URL("../../../", import.meta.url));
const native = `${root}packages/kernel-native/native`;

const { quiet, archs } = readOptions(
  HELP,
  { options: { quiet: flag }, allowPositionals: true },
  ({ values, positionals }) => {
    const unknown = positionals.find((word) => !Object.hasOwn(compilers, word));
    if (unknown !== undefined) throw new RangeError(`'${unknown}' is not x64 or arm64`);
    return { ...values, archs: positionals.length > 0 ? positionals : [process.arch] };
  },
);
if (process.platform !== "linux") leave(3, `this is ${process.platform}, not Linux`);
for (const arch of archs) {
  const compiler = findCompiler(arch);
  if (compiler === undefined) leave(3, `no C compiler for ${arch}: install gcc or clang`);
  for (const [name, folders] of Object.entries(programs)) build(name, folders, arch, compiler);
}

/** The first compiler whose target is the architecture. */
function findCompiler(arch) {
  const triple = arch === "x64" ? /^x86_64/ : /^aarch64/;
  const own =
    arch === process.arch && process.env.CC ? [process.env.CC.split(" ")] : compilers[arch];
  return own?.find(([program, ...rest]) => {
    const { stdout } = spawnSync(program, [...rest, "-dumpmachine"], { encoding: "utf8" });
    return triple.test(stdout ?? "");
  });
}

/** The program's own folder, and what it uses of the other one: all but its entry. */
function sourcesOf([own, ...others]) {
  const units = (folder) =>
    readdirSync(`${native}/${folder}`)
      .filter((name) => name.endsWith(".c"))
      .map((name) => `${folder}/${name}`);
  const shared = others.flatMap(units).filter((path) => !path.endsWith("/main.c"));
  return [...units(own), ...shared, "mini.c"].sort();
}

function build(name, folders, arch, [program, ...rest]) {
  const folder = `${root}packages/kernel-native/prebuilds/linux-${arch}`;
  const out = `${folder}/${name}`;
  // Compile to a temporary name first: the old program may be running.
  const fresh = `${out}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const args = [...rest, ...flags, "-I", native, "-o", fresh, ...sourcesOf(folders)];
  const { status, error } = spawnSync(program, args, { cwd: native, stdio: "inherit" });
  if (error !== undefined || status !== 0) {
    rmSync(fresh, { force: true });
    leave(1, `${program} did not compile ${name} for ${arch}`);
  }
  renameSync(fresh, out);
  if (!quiet)
    console.log(`built ${relative(root, out)}, ${statSync(out).size} bytes, with ${program}`);
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}
