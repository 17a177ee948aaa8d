// SPDX-License-Identifier: MIT
// Memory of a kernel, a task and a token, as the model counts its allocations and as the process
// grows with more kernels.
import { spawnSync } from "node:child_process";
import { root } from "../../lib/run.mjs";
import { container } from "./in-process.mjs";
import { row } from "./stats.mjs";

/** The model has 64 task slots. */
const COUNT = 50;

/** By how many bytes the kernel's allocations grow per object. */
function perThing(kernel, make) {
  kernel.settle();
  const before = kernel.live().allocBytes;
  const things = Array.from({ length: COUNT }, make);
  kernel.settle();
  const bytes = (kernel.live().allocBytes - before) / COUNT;
  for (const thing of things) thing.close();
  return bytes;
}

const KERNELS = `
const { createKernel } = await import("@bpf-token/kernel-wasm");
const kernels = [createKernel()];
const grown = () => { globalThis.gc(); return process.memoryUsage().rss; };
const before = grown();
for (let i = 0; i < 200; i++) kernels.push(createKernel());
console.log((grown() - before) / 200);
`;

/** Uses a new process, because in this one other things grow as well. */
function perKernel() {
  const args = ["--expose-gc", "--input-type=module", "-e", KERNELS];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`200 kernels could not be created:\n${stderr}`);
  return Math.round(Number(stdout));
}

/** Bytes per kernel, task and token. The rows count allocated bytes, not requested ones. */
export function memoryRows({ syscall, wasm }, times) {
  const kernel = wasm.createKernel();
  try {
    const { task, bpffs } = container(syscall, kernel);
    const bytes = (name, samples) => row(name, "bytes", samples);
    return [
      bytes("memory image at boot", [wasmImage(wasm)]),
      bytes(
        "memory of the process per further kernel",
        Array.from({ length: Math.min(times, 3) }, perKernel),
      ),
      bytes("memory of the kernel per task", [perThing(kernel, () => kernel.init.fork())]),
      bytes("memory of the kernel per token", [
        perThing(kernel, () => syscall.createToken(task, bpffs)),
      ]),
    ];
  } finally {
    kernel.close();
  }
}

/** The size of a snapshot of a kernel that has just booted. */
function wasmImage(wasm) {
  const kernel = wasm.createKernel();
  try {
    return kernel.snapshot().size;
  } finally {
    kernel.close();
  }
}
