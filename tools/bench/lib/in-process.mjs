// SPDX-License-Identifier: MIT
// What is measured inside one process, with tinybench.
import { Bench } from "tinybench";
import { bareRows } from "./bare.mjs";
import { row } from "./stats.mjs";

/** Calls per sample: a single call is too short for the clock. */
const BATCH = 1000;

/** Runs `work` many times and reports the mean as one sample. */
function batched(work, batch) {
  return () => {
    const start = performance.now();
    for (let i = 0; i < batch; i++) work();
    return { overriddenDuration: (performance.now() - start) / batch };
  };
}

/**
 * Measures functions by name.
 *
 * @param works - `name`, `unit` (`ns` or `us`), `work`, and how many runs form one sample.
 */
async function measure(works, samples) {
  // Count samples instead of time: tinybench would add up the means of single runs, not the
  // batches.
  const bench = new Bench({
    time: 0,
    iterations: samples,
    warmupTime: 0,
    warmupIterations: samples,
    retainSamples: true,
  });
  for (const { name, work, batch = BATCH } of works) bench.add(name, batched(work, batch));
  await bench.run();
  return works.map(({ name, unit }) => {
    const { result } = bench.getTask(name);
    if (result.latency === undefined) {
      throw new Error(`${name}: ${result.error?.message ?? `tinybench says '${result.state}'`}`);
    }
    const scale = unit === "ns" ? 1e6 : 1e3;
    return row(
      name,
      unit,
      result.latency.samples.map((ms) => ms * scale),
    );
  });
}

/** A container with its own delegated bpffs, whose root directory is open. */
export function container(syscall, kernel) {
  const task = kernel.init.fork();
  syscall.unshare(task, "user", "mnt");
  syscall.writeIdMaps(task, {}, kernel.init);
  const delegated = { delegate_cmds: "any", delegate_maps: "any", delegate_progs: "any" };
  const bpffs = syscall.delegateBpffs(task, kernel.init, { ...delegated, delegate_attachs: "any" });
  return { task, bpffs };
}

/** Works for a kernel of any backend: the empty call, and a token created and closed. */
export function callWorks({ syscall, uapi }, kernel, label, batch) {
  const { task, bpffs } = container(syscall, kernel);
  const { bpf, close, getpid } = uapi.syscallByName;
  const create = uapi.BpfCmd.TOKEN_CREATE;
  const attr = new Uint8Array(8);
  new DataView(attr.buffer).setUint32(4, bpffs.fd, true);
  const prepared = { bytes: attr, dir: "in" };
  const cycle = () => task.syscall(close.nr, task.syscall(bpf.nr, create, prepared, attr.length));
  if (cycle() !== 0) throw new Error(`${label}: could not create and close a token`);
  return [
    {
      name: `${label}: empty call (getpid)`,
      unit: "ns",
      batch,
      work: () => task.syscall(getpid.nr),
    },
    { name: `${label}: token create + close, raw`, unit: "ns", batch, work: cycle },
    {
      name: `${label}: token create + close, typed`,
      unit: "ns",
      batch,
      work: () => syscall.createToken(task, bpffs).close(),
    },
  ];
}

/** All rows of the model. */
export async function modelRows({ syscall, uapi, wasm }, samples) {
  const kernel = wasm.createKernel();
  const works = callWorks({ syscall, uapi }, kernel, "model", BATCH);
  const stranger = kernel.init.fork();
  const { bpf } = uapi.syscallByName;
  const bad = new Uint8Array(8);
  new DataView(bad.buffer).setUint32(4, 1000, true);
  const snapshot = kernel.snapshot();
  works.push(
    {
      name: "model: token create, refused",
      unit: "ns",
      work: () => stranger.syscall(bpf.nr, uapi.BpfCmd.TOKEN_CREATE, bad, bad.length),
    },
    { name: "model: snapshot", unit: "us", batch: 20, work: () => kernel.snapshot() },
    { name: "model: restore", unit: "us", batch: 20, work: () => kernel.restore(snapshot) },
    { name: "createKernel, warm", unit: "us", batch: 20, work: () => wasm.createKernel().close() },
  );
  try {
    return await measure(works, samples);
  } finally {
    kernel.close();
  }
}

/** How many tokens a batch creates and closes. */
const TOKENS = 250;

/** Creates and closes tokens in one batch. The fd of each token is known in advance. */
function batchedTokens({ syscall, uapi }, kernel) {
  const { task, bpffs } = container(syscall, kernel);
  const { bpf, close } = uapi.syscallByName;
  const attr = new Uint8Array(8);
  new DataView(attr.buffer).setUint32(4, bpffs.fd, true);
  const made = task.syscall(bpf.nr, uapi.BpfCmd.TOKEN_CREATE, attr, attr.length);
  if (task.syscall(close.nr, made) !== 0)
    throw new Error("native: could not create and close a token");
  const pair = [
    { task, nr: bpf.nr, args: [uapi.BpfCmd.TOKEN_CREATE, { bytes: attr, dir: "in" }, attr.length] },
    { task, nr: close.nr, args: [made] },
  ];
  const steps = Array.from({ length: TOKENS }, () => pair).flat();
  return () => {
    const odd = kernel.batch(steps).findIndex((ret, i) => ret !== (i % 2 === 0 ? made : 0));
    if (odd >= 0) throw new Error(`native: step ${odd} of a batch of tokens failed`);
  };
}

/** Batches of two tasks that alternate after a number of steps, and a fork that is closed again. */
function executorWorks(packages, kernel) {
  const { getpid } = packages.uapi.syscallByName;
  const tasks = [kernel.init.fork(), kernel.init.fork()];
  const turns = [1, 10, 250].map((length) => {
    const task = (i) => tasks[Math.floor(i / length) % 2];
    const steps = Array.from({ length: 500 }, (_, i) => ({ task: task(i), nr: getpid.nr }));
    return {
      name: `native: 500 batched steps of two tasks, turns of ${length}`,
      unit: "us",
      batch: 1,
      work: () => kernel.batch(steps),
    };
  });
  return [
    ...turns,
    {
      name: `native: ${TOKENS} tokens, create + close, in a batch`,
      unit: "us",
      batch: 1,
      work: batchedTokens(packages, kernel),
    },
    { name: "native: fork + close", unit: "us", batch: 5, work: () => kernel.init.fork().close() },
  ];
}

/** Rows of the running kernel. */
export async function nativeRows(packages, open, samples) {
  const kernel = open();
  const started = Array.from({ length: 11 }, () => {
    const start = performance.now();
    const fresh = open();
    const ms = performance.now() - start;
    fresh.close();
    return ms;
  });
  try {
    const works = [
      ...callWorks(packages, kernel, "native", 20),
      ...executorWorks(packages, kernel),
    ];
    const rows = await measure(works, samples);
    return [...rows, row("native: open", "ms", started), ...bareRows()];
  } finally {
    kernel.close();
  }
}
