// SPDX-License-Identifier: MIT
// How fast the runner plays the suite's scenarios on the model.
import { readdirSync, readFileSync } from "node:fs";
import { root } from "../../lib/run.mjs";
import { row } from "./stats.mjs";

const FOLDER = `${root}packages/conformance/scenarios`;

/** The parsed scenarios of the suite; parsing is not measured. */
function scenarios(parseScenario) {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => parseScenario(readFileSync(`${FOLDER}/${file}`, "utf8"), { file }));
}

/**
 * Plays each scenario once, each from the same snapshot. Counts steps and calls: a shorthand is one
 * step of several calls, and each call is traced and judged.
 */
function playAll(run, kernel, snapshot, playable) {
  let steps = 0;
  let calls = 0;
  for (const scenario of playable) {
    const { outcome, events } = run(kernel, scenario);
    if (outcome !== "passed") throw new Error(`${scenario.name}: ${outcome}`);
    steps += scenario.steps.length;
    calls += events.length;
    kernel.restore(snapshot);
  }
  return { steps, calls };
}

/** Steps and calls per second over the whole suite, without scenarios that skip this kernel. */
export function scenarioRows({ wasm, scenario: { parseScenario, run } }, samples) {
  const kernel = wasm.createKernel();
  try {
    const snapshot = kernel.snapshot();
    const playable = scenarios(parseScenario).filter((scenario) => {
      const { outcome } = run(kernel, scenario);
      kernel.restore(snapshot);
      return outcome !== "skipped";
    });
    const round = () => {
      const [start, before] = [performance.now(), process.cpuUsage()];
      const { steps, calls } = playAll(run, kernel, snapshot, playable);
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(before);
      const busy = (user + system) / 1e6;
      return { steps: steps / seconds, calls: calls / seconds, perBusy: steps / busy };
    };
    // The first rounds are slower: the engine still compiles.
    for (let i = 0; i < 10; i++) round();
    const rounds = Array.from({ length: samples }, round);
    return [
      row(
        "scenario steps per second, mixed",
        "1/s",
        rounds.map(({ steps }) => steps),
      ),
      row(
        "scenario steps per second of CPU time",
        "1/s",
        rounds.map(({ perBusy }) => perBusy),
      ),
      row(
        "scenario calls per second",
        "1/s",
        rounds.map(({ calls }) => calls),
      ),
    ];
  } finally {
    kernel.close();
  }
}
