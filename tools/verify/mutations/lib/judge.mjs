// SPDX-License-Identifier: MIT
// Whether a change of upstream source is found: by random sequences, then by the suite.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../build/core/lib/paths.mjs";

const SUITE = join(root, "packages/conformance/scenarios");

/** The built packages. */
export async function load() {
  const at = (path) => import(join(root, "packages", path));
  return {
    ...(await at("kernel-wasm/dist/index.js")),
    ...(await at("scenario/dist/index.js")),
    ...(await at("upstream/dist/index.js")),
    ...(await at("upstream/dist/instrumented/index.js")),
    ...(await at("upstream/dist/node/index.js")),
    ...(await at("fuzz/dist/index.js")),
  };
}

/** Runs a scenario; returns its trace, and the calls of LSM hooks as text. */
function runObserved({ lsmHooks, run }, kernel, scenario) {
  const calls = [];
  const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
  for (const hook of lsmHooks) {
    kernel.lsm.on(hook, ({ attr, ...call }) => {
      // Attributes contain addresses, which differ between modules.
      calls.push(JSON.stringify({ hook, attr: attr?.length, ...call }, plain));
      return 0;
    });
  }
  return { trace: run(kernel, scenario), calls: calls.join("\n") };
}

/** The suite, with the model's trace of each scenario at a release, and its calls of LSM hooks. */
export function suiteOn(packages, release) {
  const { createKernel, parseScenario } = packages;
  return readdirSync(SUITE)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => {
      const scenario = parseScenario(readFileSync(join(SUITE, name), "utf8"), { file: name });
      const kernel = createKernel({ release });
      const model = runObserved(packages, kernel, scenario);
      kernel.close();
      return { name, scenario, model };
    });
}

/**
 * Looks for a difference between the model and changed upstream source.
 *
 * @param options - `packages`; `model`, a module for sequences; `suite`; `files` with the change;
 *   `release`; `compiler`; `seconds` of sequences; `seed`.
 * @returns `found`: `compiler`, `sequences` with the `kind` of finding, `crash`, or the name of a
 *   scenario; undefined if it was not found. `seconds`: the CPU time of the sequences.
 */
export async function judge(options) {
  const { packages, model, suite, files, release, compiler, seconds, seed } = options;
  const { buildSequences, CompileError } = packages;
  try {
    const changed = await buildSequences(files, { release, compiler });
    const verdict = bySequences(packages, model, changed, release, seconds, seed);
    if (verdict.found !== undefined || suite.length === 0) return verdict;
  } catch (error) {
    if (error instanceof CompileError) return { found: "compiler" };
    if (error instanceof packages.ModuleError || error instanceof packages.SequenceCrash)
      return { found: "crash" };
    throw error;
  }
  const { module } = await packages.buildUpstream(files, { release, compiler });
  return { found: bySuite(packages, suite, module) };
}

function bySequences(packages, model, changed, release, seconds, seed) {
  const { Fuzzer, ModuleComparison, SequenceMachine } = packages;
  const machine = (module) => new SequenceMachine(module, { release });
  const comparison = new ModuleComparison([
    { name: "model", release, machine: machine(model) },
    { name: "changed", release, machine: machine(changed.module) },
  ]);
  const fuzzer = new Fuzzer(comparison, { seed });
  const start = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  while (spent() < seconds) {
    const finding = fuzzer.runBlock();
    if (finding !== undefined)
      return { found: "sequences", kind: finding.kind, seconds: Number(spent().toFixed(1)) };
  }
  return { found: undefined };
}

function bySuite(packages, suite, module) {
  const { createKernel, compare } = packages;
  for (const { name, scenario, model } of suite) {
    const kernel = createKernel({ module });
    try {
      const { trace, calls } = runObserved(packages, kernel, scenario);
      if (calls !== model.calls || compare(model.trace, trace).length > 0) return name;
    } finally {
      kernel.close();
    }
  }
  return undefined;
}
