// SPDX-License-Identifier: MIT
// The programs of a build, each confined to the work folder.
import { spawnSync } from "node:child_process";
import { BpfKernelError } from "./errors.mjs";

const limits = { seconds: 300, output: 1 << 26, bytes: 2 ** 32, file: 2 ** 31 };

/** Finds the programs; the version of clang is part of the result. */
export function findPrograms() {
  const version = ["19"].find((one) => runs(`clang-${one}`) && runs(`wasm-ld-${one}`));
  if (version === undefined) {
    throw new BpfKernelError(
      "no clang-19 with wasm-ld-19 is installed. Fix: apt install clang-19 lld-19",
      3,
    );
  }
  if (!runs("tar") || !runs("xz")) {
    throw new BpfKernelError("tar or xz is not installed. Fix: apt install tar xz-utils", 3);
  }
  const print = (...args) => spawnSync(`clang-${version}`, args, { encoding: "utf8" }).stdout;
  return {
    clang: `clang-${version}`,
    linker: `wasm-ld-${version}`,
    id: print("--version").split("\n")[0],
    resources: print("-print-resource-dir").trim(),
  };
}

function runs(program) {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Returns a function that runs a program in the work folder; it throws if the program fails. */
export async function programRunner(folder) {
  const { runConfined } = await import("../../../../packages/upstream/dist/node/index.js");
  return async (program, args, what) => {
    const result = await runConfined(program, args, { folder, limits });
    if (!result.ok) {
      const errors = result.log.split("\n").filter((line) => /error|warning|undefined/.test(line));
      const why = result.exceeded ?? (errors.slice(0, 8).join("\n") || result.log.slice(0, 500));
      throw new BpfKernelError(`${what}: ${program} failed: ${why}`);
    }
    return result;
  };
}
