// SPDX-License-Identifier: MIT
// Lowers a module from 64-bit to 32-bit addresses and optimises it, with binaryen's wasm-opt.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../../lib/run.mjs";
import { BpfKernelError } from "./errors.mjs";

const features = ["bulk-memory", "sign-ext", "nontrapping-float-to-int", "mutable-globals"];
const enabled = features.map((name) => `--enable-${name}`);

async function wasmOpt(folder, input, args, output) {
  const program = join(root, "node_modules/binaryen/bin/wasm-opt");
  const words = [program, input, ...enabled, ...args, "-o", output];
  try {
    await promisify(execFile)(process.execPath, words, { cwd: folder, timeout: 600_000 });
  } catch (error) {
    throw new BpfKernelError(`wasm-opt: ${error.stderr?.split("\n")[0] || error.message}`);
  }
}

/** Returns the finished module. Function names stay: kallsyms.c reads them through the host. */
export async function lower(folder) {
  const lowering = ["-g", "--enable-memory64", "--memory64-lowering", "--table64-lowering"];
  await wasmOpt(folder, "linked.wasm", lowering, "lowered.wasm");
  // The kernel looks up functions by name, so functions with equal code stay apart.
  const apart = "--skip-pass=duplicate-function-elimination";
  const small = ["-Os", apart, "-g", "--strip-dwarf", "--strip-producers"];
  await wasmOpt(folder, "lowered.wasm", small, "kernel.wasm");
  return readFileSync(join(folder, "kernel.wasm"));
}
