// SPDX-License-Identifier: MIT
// Tries mutants, one message each: a module, and which tests to ask for each rule.
import { parentPort, workerData } from "node:worker_threads";
import { failureOf, loadTests } from "./tests.mjs";

const tests = new Map(loadTests(workerData.top).map((test) => [test.name, test]));

/** For each rule, the first of its tests that fails, or null. */
function killers(bytes, wanted) {
  const module = new WebAssembly.Module(bytes);
  const failures = new Map();
  const fails = (name) => {
    if (!failures.has(name)) failures.set(name, failureOf(tests.get(name), module));
    return failures.get(name) !== undefined;
  };
  return wanted.map(([rule, names]) => {
    const killer = names.find(fails);
    return [rule, killer === undefined ? null : { test: killer, why: failures.get(killer) }];
  });
}

parentPort.on("message", ({ bytes, wanted }) => {
  parentPort.postMessage(killers(bytes, wanted));
});
parentPort.postMessage("ready");
