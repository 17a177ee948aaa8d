// SPDX-License-Identifier: MIT
/**
 * Compiles the executor into packages/kernel-native/prebuilds/: `build.mjs [--quiet]`.
 *
 * `CC` names the compiler; else the first of cc, gcc, clang that is there. Exit codes: 0 built,
 * 1 it does not compile, 2 usage, 3 cannot be built on this machine.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const native = `${root}packages/kernel-native/native`;
const source = `${native}/executor`;
const flags = [
  ...["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"],
  // Where nobody finds it: a number in a test that is meant for a pointer to nothing must not hit the
  // program, which without this lies at 0x400000.
  ...["-static-pie", "-fPIE"],
  ...["-I", native, "-ffunction-sections", "-Wl,--gc-sections", "-s"],
];

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--quiet")) leave(2, "usage: build.mjs [--quiet]");
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

/** A compiler and its own arguments, as in `CC="zig cc"`. */
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
  // Under a name of its own first: an executor that runs right now is not written to.
  const fresh = `${out}.${process.pid}`;
  const own = readdirSync(source).filter((name) => name.endsWith(".c"));
  const sources = [...own, `${native}/frame.c`];
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync(program, [...rest, ...flags, "-o", fresh, ...sources], {
    cwd: source,
    stdio: "inherit",
  });
  if (error !== undefined || status !== 0) {
    rmSync(fresh, { force: true });
    leave(1, `${program} did not compile the executor`);
  }
  // Tasks run it anew under any user.
  chmodSync(fresh, 0o755);
  renameSync(fresh, out);
  if (!args.includes("--quiet")) {
    console.log(`built ${relative(root, out)}, ${statSync(out).size} bytes, with ${program}`);
  }
}

function leave(code, line) {
  console.error(line);
  process.exit(code);
}
