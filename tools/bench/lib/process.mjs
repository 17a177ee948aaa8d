// SPDX-License-Identifier: MIT
// Map lookups of this process itself, compared with the same lookups in C.
import { withBare } from "./bare.mjs";
import { row } from "./stats.mjs";

const SAMPLES = 50;
const BATCH = 10_000;

function sampled(work) {
  for (let i = 0; i < BATCH; i++) work();
  return Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    for (let i = 0; i < BATCH; i++) work();
    return ((performance.now() - start) * 1e6) / BATCH;
  });
}

/** Rows of lookups in an array map: prepared, quick, typed, and in C. */
export function processRows(packages, task) {
  return withBare((run) => lookupRows(packages, task, run));
}

function lookupRows({ syscall, uapi }, task, run) {
  const { MAP_LOOKUP_ELEM } = uapi.BpfCmd;
  const options = { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 };
  const map = syscall.createMap(task, options);
  const prepared = task.prepareBpf(MAP_LOOKUP_ELEM, 32, [8, 4], [16, 8]);
  new DataView(prepared.attr.buffer, prepared.attr.byteOffset).setUint32(0, map.fd, true);
  const attr = prepared.attr.slice();
  const [key, value] = [new Uint8Array(4), new Uint8Array(8)];
  if (prepared.run() !== 0) throw new Error("process: a look-up failed");
  const typed = { map_fd: map.fd, key, value };
  const before = run?.("lookup") ?? [];
  const samples = sampled(prepared.run);
  const rows = [
    row("process: look-up, prepared", "ns", samples),
    row(
      "process: look-up, quick",
      "ns",
      sampled(() => task.bpf(MAP_LOOKUP_ELEM, attr, 8, key, 16, value)),
    ),
    row(
      "process: look-up, typed",
      "ns",
      sampled(() => syscall.bpf(task, "MAP_LOOKUP_ELEM", typed)),
    ),
  ];
  map.close();
  if (before.length === 0) return rows;
  const times = samples.map((ns, i) => ns / before[i % before.length]);
  return [
    ...rows,
    row("bare C: look-up", "ns", [...before, ...run("lookup")]),
    row("process: look-up, prepared, times bare C", "x", times),
  ];
}
