// SPDX-License-Identifier: MIT
// Linux's own BPF subsystem as a module: size, boot, loads next to those of the running kernel, memory.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bpfPageRows } from "./bpf-page.mjs";
import { cpuTime } from "./cpu-time.mjs";
import { row } from "./stats.mjs";

/** Instructions as the kernel has them: code, registers, offset, immediate. */
function insns(...rows) {
  const bytes = new Uint8Array(8 * rows.length);
  const view = new DataView(bytes.buffer);
  for (const [i, [code, registers, offset, imm]] of rows.entries()) {
    bytes[8 * i] = code;
    bytes[8 * i + 1] = registers;
    view.setInt16(8 * i + 2, offset, true);
    view.setInt32(8 * i + 4, imm, true);
  }
  return bytes;
}

const exit = [0x95, 0, 0, 0];
/** A loop of which the verifier processes each turn: two instructions. */
const loop = (turns) => [[0xb7, 0, 0, 0], [0x07, 0, 0, 1], [0xa5, 0, -2, turns], exit];
const programs = {
  "2 instructions": insns([0xb7, 0, 0, 2], exit),
  "2,002 instructions processed": insns(...loop(1000)),
};
const GROWTH_LOADS = 100_000;
/** An XDP program of 200 instructions without a branch. */
const straight = insns(
  ...Array.from({ length: 198 }, () => [0xb7, 0, 0, 2]),
  [0xb7, 0, 0, 2],
  exit,
);
const TEST_RUNS = 1000;

const BATCH = 20;
/** The engine compiles what runs often once more; these figures are those after that. */
const WARM_UP_MS = 1500;

/** The CPU time of loads on a task in nanoseconds; one is too short to measure alone. */
function loadSamples({ loadProgram }, task, code, samples) {
  const batch = () => {
    for (let i = 0; i < BATCH; i++) loadProgram(task, { type: "XDP", insns: code }).close();
  };
  for (const end = cpuTime() + WARM_UP_MS; cpuTime() < end; ) batch();
  return Array.from({ length: samples / BATCH }, () => {
    const started = cpuTime();
    batch();
    return ((cpuTime() - started) * 1e6) / BATCH;
  });
}

function loadRows(packages, title, task, samples) {
  return Object.entries(programs).map(([name, code]) =>
    row(`${title}: load + close, ${name}`, "ns", loadSamples(packages, task, code, samples)),
  );
}

/** The CPU time of test runs in milliseconds, each on a program as it was loaded. */
function testRunSamples({ bpf, loadProgram }, task, fresh) {
  const packet = new Uint8Array(64);
  const attr = (fd) => ({ prog_fd: fd, data_in: packet, data_size_in: packet.length });
  const run = (fd) => bpf(task, "PROG_TEST_RUN", attr(fd));
  const started = cpuTime();
  const program = loadProgram(task, { type: "XDP", insns: straight });
  const before = fresh?.snapshot();
  for (let i = 0; i < TEST_RUNS; i++) {
    if (fresh === undefined) {
      const own = loadProgram(task, { type: "XDP", insns: straight });
      run(own.fd);
      own.close();
    } else {
      run(program.fd);
      fresh.restore(before);
    }
  }
  program.close();
  return [cpuTime() - started];
}

const testRunRow = (packages, title, task, fresh) =>
  row(`${title}: 1,000 test runs`, "ms", testRunSamples(packages, task, fresh));

function bootSamples(create, kept, times) {
  return Array.from({ length: times }, () => {
    const started = cpuTime();
    create(kept).close();
    return cpuTime() - started;
  });
}

function moduleRows(packages, { release, wasm, kept, create }, samples, times) {
  const title = `bpf ${release}`;
  const boots = bootSamples(create, kept, times);
  const kernel = create(kept);
  try {
    const before = kernel.snapshot().size;
    const rows = [
      ...loadRows(packages, title, kernel.init, samples),
      testRunRow(packages, title, kernel.init, kernel),
    ];
    const loads = times > 3 ? GROWTH_LOADS : 1000;
    const two = programs["2 instructions"];
    for (let i = 0; i < loads; i++)
      packages.loadProgram(kernel.init, { type: "XDP", insns: two }).close();
    return [
      row(`${title}: module, gzip -9`, "bytes", [gzipSync(wasm, { level: 9 }).length]),
      row(`${title}: boot`, "ms", boots),
      ...rows,
      row(`${title}: memory after boot`, "bytes", [before]),
      row(`${title}: growth after ${loads} loads`, "bytes", [kernel.snapshot().size - before]),
    ];
  } finally {
    kernel.close();
  }
}

const loaded = { token: "never", env: {}, externs: "all" };

/** How long each program of the objects takes on the module, compared with the running kernel. */
async function ratioRows(kernels, { kernel, task }) {
  const { loadTimes, objectFiles, ratios } = await import("./bpf-objects.mjs");
  const files = objectFiles();
  if (files === undefined) return [];
  const { Btf } = await import("@bpf-token/object");
  const theirs = loadTimes(task, files, loaded);
  return kernels.map(({ release, kept, create }) => {
    const module = create(kept);
    const options = { ...loaded, kconfig: module.config, kernelBtf: Btf.parse(module.btf) };
    const ours = loadTimes(module.init, files, options);
    module.close();
    return row(`bpf ${release}: loads next to ${kernel}`, "×", ratios(ours, theirs));
  });
}

/** Rows of each module that was built, and of the running kernel; or why they are missing. */
export async function bpfKernelRows({ syscall }, samples, times) {
  const { createBpfKernel: create } = await import("@bpf-token/kernel-bpf");
  const { bpfKernelFolder, bpfKernelReleases, readBpfKernel } = await import(
    "@bpf-token/kernel-bpf/node"
  );
  const releases = bpfKernelReleases();
  if (releases.length === 0) return { rows: [], why: "bpf: no module was built" };
  const kernels = releases.map((release) => {
    const wasm = readFileSync(join(bpfKernelFolder(), release, "kernel.wasm"));
    return { release, wasm, kept: readBpfKernel(release), create };
  });
  const rows = [
    ...kernels.flatMap((one) => moduleRows(syscall, one, samples, times)),
    ...(await bpfPageRows(bpfKernelFolder(), releases, times)),
  ];
  const { currentTask } = await import("@bpf-token/kernel-native");
  try {
    const kernel = "running kernel";
    const task = currentTask();
    const own = [...loadRows(syscall, kernel, task, samples), testRunRow(syscall, kernel, task)];
    return [...rows, ...own, ...(await ratioRows(kernels, { kernel, task }))];
  } catch (cause) {
    return { rows, why: `bpf: the running kernel: ${cause.message}` };
  }
}
