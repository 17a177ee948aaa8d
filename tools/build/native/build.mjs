#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join, relative, resolve } from "node:path";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { findCompiler, hasHeader, isGnu } from "./lib/compiler.mjs";
import { flags, machines, programs } from "./lib/programs.mjs";

const HELP = `usage: npm run tool build:native -- [--quiet] [--folder FOLDER] [PROGRAM]... [ARCH]...

Compiles the native programs of packages/kernel-native into packages/kernel-native/prebuilds/.
PROGRAM is one of ${Object.keys(programs).join(", ")}; without one, all are built.
ARCH is ${Object.keys(machines).join(" or ")}; without one, the programs are built for this machine, and for the other
architecture if a compiler for it is installed. CC names the compiler for this machine. The same
sources and compiler give the same bytes.

Options:
  --folder F  write the programs to another folder
  --quiet     print nothing unless it fails

Exit codes: 0 built; 1 a program does not compile; 2 usage; 3 this machine cannot build them.`;

const native = join(root, "packages/kernel-native/native");

const { quiet, folder, names, archs } = readOptions(
  HELP,
  { options: { quiet: flag, folder: { type: "string" } }, allowPositionals: true },
  ({ values, positionals }) => {
    const among = (known) => positionals.filter((word) => Object.hasOwn(known, word));
    const [names, archs] = [among(programs), among(machines)];
    const unknown = positionals.find((word) => !names.includes(word) && !archs.includes(word));
    if (unknown !== undefined) throw new RangeError(`'${unknown}' is no program or architecture`);
    return { ...values, names, archs };
  },
);
if (process.platform !== "linux") {
  leave(3, `the native programs are for Linux; this is ${process.platform}`);
}
for (const arch of archs.length > 0 ? archs : Object.keys(machines)) {
  for (const name of names.length > 0 ? names : Object.keys(programs)) {
    const { link, header } = programs[name];
    const compiler = findCompiler(arch, link);
    if (compiler === undefined) {
      skip(name, arch, howToGet(arch), archs.length > 0 || arch === process.arch);
    } else if (header !== undefined && !hasHeader(compiler, header.name)) {
      const why = `${header.name} not found: install ${header.debian}`;
      skip(name, arch, why, names.length > 0);
    } else build(name, arch, compiler);
  }
}

function skip(name, arch, why, required) {
  if (required) leave(3, why);
  if (!quiet) console.log(`not built: the ${name} for ${arch}; ${why}`);
}

function howToGet(arch) {
  const own = "install gcc or clang, or name one with CC=…";
  const cross = { x64: "gcc-x86-64-linux-gnu libc6-dev-amd64-cross" };
  const packages = cross[arch] ?? `gcc-aarch64-linux-gnu libc6-dev-${arch}-cross`;
  const how = arch === process.arch ? own : `install ${packages}`;
  return `no C compiler found for ${arch}: ${how}`;
}

function build(name, arch, compiler) {
  const [program, ...rest] = compiler;
  const { file, folder: own, sources, link } = programs[name];
  const place = join(resolve(folder ?? join(native, "../prebuilds")), `linux-${arch}`);
  const out = join(place, file);
  mkdirSync(place, { recursive: true });
  // Compile elsewhere first: the old file may be running or mapped, and others copy that folder.
  const scratch = mkdtempSync(join(resolve(folder ?? native), ".build-"));
  const fresh = join(scratch, file);
  const cwd = join(native, own);
  // In alphabetical order, because the order of sources decides the order of functions.
  const units = readdirSync(cwd).filter((unit) => unit.endsWith(".c"));
  const files = [...units.sort(), ...sources.map((source) => join("..", source))];
  const args = [...rest, ...flags[link](isGnu(compiler)), "-I", "..", "-o", fresh, ...files];
  const { status, error } = spawnSync(program, args, { cwd, stdio: "inherit" });
  if (error !== undefined || status !== 0) {
    rmSync(scratch, { recursive: true });
    leave(1, `${program} did not compile the ${name} for ${arch}`);
  }
  // Tasks of the executor execute it again under any user.
  chmodSync(fresh, 0o755);
  renameSync(fresh, out);
  rmSync(scratch, { recursive: true });
  if (!quiet) {
    const { size } = statSync(out);
    console.log(`built ${relative(process.cwd(), out)}, ${size} bytes, with ${program}`);
  }
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}
