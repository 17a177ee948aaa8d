// SPDX-License-Identifier: MIT
// Whether the cost of a token grows with their number, and what a million closed tokens leave
// allocated.
import { container } from "./in-process.mjs";
import { row } from "./stats.mjs";

const words = (count) => count.toLocaleString("en-US");

/** Creates and closes `count` tokens; returns nanoseconds per token. */
function cycles({ uapi }, { task, bpffs }, count) {
  const { bpf, close } = uapi.syscallByName;
  const create = uapi.BpfCmd.TOKEN_CREATE;
  const attr = new Uint8Array(8);
  new DataView(attr.buffer).setUint32(4, bpffs.fd, true);
  let left = count;
  const start = performance.now();
  while (left > 0 && task.syscall(close.nr, task.syscall(bpf.nr, create, attr, 8)) === 0) left--;
  if (left > 0) throw new Error(`token ${count - left + 1} of ${count} could not be created`);
  return ((performance.now() - start) * 1e6) / count;
}

function emptyCalls({ uapi }, { task }, count) {
  const { getpid } = uapi.syscallByName;
  const start = performance.now();
  for (let i = 0; i < count; i++) task.syscall(getpid.nr);
  return ((performance.now() - start) * 1e6) / count;
}

/**
 * A long run is sampled in pieces at its end only, because other processes disturb single pieces.
 */
const PIECE = 1000;
const PIECES = 100;

function samplesOf(count, times, work) {
  if (count <= PIECE * PIECES) return Array.from({ length: times }, () => work(count));
  work(count - PIECE * PIECES);
  return Array.from({ length: PIECES }, () => work(PIECE));
}

/** Rows of one kernel: for each count, that many tokens and that many empty calls. */
function countedRows(packages, kernel, label, counts, times) {
  const at = container(packages.syscall, kernel);
  // Warms up the compiler. Otherwise the first samples would measure it, not the kernel.
  cycles(packages, at, Math.min(2000, counts.at(-1)));
  emptyCalls(packages, at, Math.min(2000, counts.at(-1)));
  return counts.flatMap((count) => [
    row(
      `${label}: each of ${words(count)} tokens, create + close`,
      "ns",
      samplesOf(count, times, (many) => cycles(packages, at, many)),
    ),
    row(
      `${label}: each of ${words(count)} empty calls`,
      "ns",
      samplesOf(count, times, (many) => emptyCalls(packages, at, many)),
    ),
  ]);
}

/** Rows of the model for up to a million tokens, and for what they leave allocated. */
export function modelGrowthRows(packages, times) {
  const kernel = packages.wasm.createKernel();
  try {
    countedRows(packages, kernel, "warm-up", [1000], 1);
    kernel.settle();
    const before = kernel.live();
    const image = kernel.snapshot().size;
    const rows = countedRows(packages, kernel, "model", [10, 1000, 10_000, 1_000_000], times);
    kernel.settle();
    const tokens = kernel.live().tokens - before.tokens;
    return [
      ...rows,
      row("model: tokens left behind", "tokens", [tokens]),
      row("model: memory grown by them and a container", "bytes", [kernel.snapshot().size - image]),
    ];
  } finally {
    kernel.close();
  }
}

/** Rows of the running kernel, through its executor. */
export function nativeGrowthRows(packages, open, times) {
  const kernel = open();
  try {
    return countedRows(packages, kernel, "native", [10, 1000, 10_000], times);
  } finally {
    kernel.close();
  }
}
