// SPDX-License-Identifier: MIT
// Tries mutants, one message each: a module, and the tests for each rule.
import { parentPort, workerData } from "node:worker_threads";
import { failureOf, loadTests } from "./tests.mjs";

const tests = new Map(loadTests(workerData.top).map((test) => [test.name, test]));

/** For each rule, the first of its tests with a failing run, or null. */
function killers(bytes, wanted) {
  const module = new WebAssembly.Module(bytes);
  const failures = new Map();
  const failure = (name, runs) => {
    if (!failures.has(name)) {
      const all = tests.get(name).runs;
      let why;
      for (const i of runs) {
        why = failureOf(all[i], module);
        if (why !== undefined) break;
      }
      failures.set(name, why);
    }
    return failures.get(name);
  };
  return wanted.map(([rule, touched]) => {
    for (const [name, runs] of touched) {
      const why = failure(name, runs);
      if (why !== undefined) return [rule, { test: name, why }];
    }
    return [rule, null];
  });
}

parentPort.on("message", ({ bytes, wanted }) => {
  parentPort.postMessage(killers(bytes, wanted));
});
parentPort.postMessage("ready");
