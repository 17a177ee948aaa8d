// SPDX-License-Identifier: MIT
// The tests that prove rules: the scenarios and the proofs of the conformance suite.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { proofs } from "@bpf-token/conformance/proofs";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { kernelReleases } from "@bpf-token/uapi";

const FOLDER = "packages/conformance/scenarios";

/** The newest release first, because most rules hold there. */
const releases = [...kernelReleases].reverse();

/** Why a scenario fails, or undefined; a skipped scenario proves nothing. */
function unmet(kernel, scenario) {
  const trace = run(kernel, scenario);
  if (trace.outcome === "passed" || trace.outcome === "skipped") return undefined;
  const event = trace.events.find(({ verdict }) => verdict?.met === false);
  return event ? `${event.text}: ${event.verdict.why}` : trace.reason;
}

function scenarioTest(top, file) {
  const scenario = parseScenario(readFileSync(join(top, FOLDER, file), "utf8"), { file });
  return {
    name: `scenarios/${file}`,
    rules: scenario.rules ?? [],
    runs: releases.map((release) => ({
      label: release,
      go: (open) => unmet(open({ release }), scenario),
    })),
  };
}

function proofTest(proof) {
  return {
    name: `proof: ${proof.name}`,
    rules: proof.rules,
    runs: [{ label: "all", go: (open) => proof.run(open) }],
  };
}

/** Every test, with the rules that it names. */
export function loadTests(top) {
  const files = readdirSync(join(top, FOLDER)).filter((name) => name.endsWith(".yaml"));
  return [...files.sort().map((file) => scenarioTest(top, file)), ...proofs.map(proofTest)];
}

/**
 * Why a run fails on a module, in one line; undefined if it passes.
 *
 * @param seen - called with every kernel before it is closed.
 */
export function failureOf(run, module, seen = () => {}) {
  const opened = [];
  try {
    const why = run.go((options) => {
      const kernel = createKernel({ ...options, module });
      opened.push(kernel);
      return kernel;
    });
    return why === undefined ? undefined : `${run.label}: ${why}`;
  } catch (cause) {
    return cause instanceof Error ? `${cause.name}: ${cause.message.split("\n")[0]}` : "it threw";
  } finally {
    seen();
    for (const kernel of opened) kernel.close();
  }
}
