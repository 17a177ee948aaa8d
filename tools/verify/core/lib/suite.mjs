// SPDX-License-Identifier: MIT
// Runs scenarios and proofs on the model and records them. The caller passes the packages: a test
// uses their sources, a command their builds.
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../build/core/lib/paths.mjs";
import { Recorder } from "./recorder.mjs";

const FOLDERS = ["packages/conformance/scenarios", "packages/bpf-token/scenarios"];

/** The text of every scenario, by name. */
export function scenarioFiles() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => [name, readFileSync(join(root, folder, name), "utf8")]),
  );
}

/** The built packages. */
export async function builtPackages() {
  const from = (path) => import(join(root, "packages", path));
  const [{ createKernel }, { parseScenario, run }, { kernelReleases }, { proofs }] =
    await Promise.all([
      from("kernel-wasm/dist/index.js"),
      from("scenario/dist/index.js"),
      from("uapi/dist/index.js"),
      from("conformance/dist/proofs/index.js"),
    ]);
  return { createKernel, parseScenario, run, kernelReleases, proofs };
}

function runScenario({ createKernel, run }, release, scenario) {
  const kernel = createKernel({ release });
  try {
    run(kernel, scenario);
  } finally {
    kernel.live();
    kernel.close();
  }
}

function runProof({ createKernel }, proof) {
  const opened = [];
  try {
    proof.run((options) => {
      const kernel = createKernel(options);
      opened.push(kernel);
      return kernel;
    });
  } finally {
    for (const kernel of opened) kernel.close();
  }
}

/**
 * Records the whole suite into a file.
 *
 * A scenario that fails on the model is recorded too; other tests report the failure.
 *
 * @returns the number of `kernels`, the `bytes` of the file, and how many recordings were `cut`.
 */
export function recordSuite(packages, path) {
  const { kernelReleases, parseScenario, proofs } = packages;
  const recorder = new Recorder();
  const fd = openSync(path, "w");
  const totals = { kernels: 0, bytes: 0, cut: recorder.cut };
  const record = (name, work) => {
    recorder.name(name);
    try {
      work();
    } catch {
      // Other tests report failures, see above.
    }
    for (const bytes of recorder.take()) {
      totals.kernels += 1;
      totals.bytes += bytes.length;
      writeSync(fd, bytes);
    }
  };
  recorder.start();
  try {
    for (const [file, text] of scenarioFiles()) {
      const scenario = parseScenario(text, { file });
      for (const release of kernelReleases) {
        record(`${file} as ${release}`, () => runScenario(packages, release, scenario));
      }
    }
    for (const proof of proofs) record(`proof: ${proof.name}`, () => runProof(packages, proof));
  } finally {
    recorder.stop();
    closeSync(fd);
  }
  return totals;
}
