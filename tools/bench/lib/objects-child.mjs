// SPDX-License-Identifier: MIT
// objects-child.mjs VMLINUX OBJECT: measures in this process the figures for objects.mjs, and
// prints them as JSON. Milliseconds are CPU time. Needs --expose-gc.
import { readFileSync } from "node:fs";
import { plan } from "@bpf-token/loader";
import { Btf, parseObject } from "@bpf-token/object";

const LATER = 20;
const KEPT = 20;

const [vmlinux, path] = process.argv.slice(2);
const types = new Uint8Array(readFileSync(vmlinux));

/** CPU time of a piece of work. It includes the engine's compiler threads. */
function spent(work) {
  const start = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(start);
  return { value, ms: (user + system) / 1000 };
}

const { value: kernelBtf, ms: ready } = spent(() => Btf.parse(types));
console.log(JSON.stringify({ ready, ...ofObject(new Uint8Array(readFileSync(path))) }));

function planned(file) {
  const spec = parseObject(file, { name: "object.bpf.o" });
  return { spec, plan: plan(spec, { kernelBtf }) };
}

function ofObject(file) {
  const { ms: first, value } = spent(() => planned(file));
  if (value.plan.failure !== undefined) throw value.plan.failure;
  for (let i = 0; i < LATER; i++) planned(file);
  const later = spent(() => {
    for (let i = 0; i < LATER; i++) planned(file);
  }).ms;
  return { first, later: (1000 * later) / LATER, kept: keptBy(() => planned(file)) };
}

/** Bytes that a result keeps on the heap and in buffers, without the file itself. */
function keptBy(make) {
  const used = () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const results = Array(KEPT).fill(undefined);
  const before = used();
  for (let i = 0; i < KEPT; i++) results[i] = make();
  const after = used();
  return results.length && (after - before) / KEPT;
}
