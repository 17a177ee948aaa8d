// SPDX-License-Identifier: MIT
// Builds a native target: sources of packages/kernel-native with a harness and a kernel of our own.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../../../build/core/lib/errors.mjs";
import { findClang } from "../../../build/core/lib/program.mjs";
import { runProgram } from "../../../build/core/lib/run-program.mjs";
import { hasHeader } from "../../../build/native/lib/compiler.mjs";
import { programs } from "../../../build/native/lib/programs.mjs";
import { root } from "../../../lib/run.mjs";
import { targets } from "./targets.mjs";

const sanitizers = ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
const native = join(root, "packages/kernel-native/native");
const here = join(root, "tools/verify/fuzz/native");
const common = ["-std=gnu11", "-g", "-O2", "-Wall", "-Wextra", "-Werror", "-I", native, "-I", here];

/** Units with large buffers that each read overwrites; restoring them would take most of the time. */
const LARGE = new Set(["mini.c", "collector/mountinfo.c", "recorder/files.c"]);

/** Why native targets cannot be built here; undefined if they can. */
export function whyNoNative() {
  const clang = findClang(sanitizers.slice(0, 1).map((one) => one.replace("fuzzer,", "")));
  if (clang === undefined)
    return "no clang with libFuzzer found: install clang-19 and libclang-rt-19-dev";
  const { name, debian } = programs.hook.header;
  return hasHeader([clang], name) ? undefined : `${name} not found: install ${debian}`;
}

/**
 * Builds a target.
 *
 * @returns the path of the program.
 * @throws BuildError with the output of the compiler.
 */
export async function buildNative(name) {
  const why = whyNoNative();
  if (why !== undefined) throw new BuildError(why);
  const clang = findClang();
  const folder = join(root, ".fuzz", name);
  mkdirSync(folder, { recursive: true });
  const run = async (program, args) => {
    const { ok, log } = await runProgram(program, args, root);
    if (!ok) throw new BuildError(log);
  };
  const objects = [];
  for (const unit of targets[name].units) {
    const object = join(folder, `${unit.replaceAll("/", "-")}.o`);
    const shim = ["-include", join(here, "shim.h")];
    // Freestanding, as the programs are: the compiler must not know what memcpy() is.
    const how = [...shim, "-ffreestanding", ...sanitizers, "-c", join(native, unit), "-o", object];
    await run(clang, [...common, ...how]);
    const moved = ["bss", "data"].map((part) => `--rename-section=.${part}=fuzz_${part}`);
    if (!LARGE.has(unit)) await run("objcopy", [...moved, object]);
    objects.push(object);
  }
  const program = join(folder, name);
  const harness = [`${name}.c`, "kernel.c", "json.c"].map((file) => join(here, file));
  // The programs have a _start of their own, which comes after that of the C library.
  const link = ["-Wl,-z,muldefs", "-Wno-unused-command-line-argument"];
  await run(clang, [...common, ...sanitizers, ...link, "-o", program, ...harness, ...objects]);
  return program;
}
